import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'

const TEXT = await readFile(new URL('../../../docs/backends.md', import.meta.url), 'utf8')

/** The headings of the backends. */
export const SECTIONS = Array.from(TEXT.matchAll(/^## (.*)$/gm), ([, heading]) => heading)

/** The file `name` as docs/backends.md has it in the section `heading`. A block of code begins with its file's name. */
export function documented(heading, name) {
  const section = TEXT.split(/^## /m).find(section => section.startsWith(`${heading}\n`))
  assert.ok(section, `docs/backends.md has no section "${heading}"`)
  const blocks = section.matchAll(/^```\w+\n(?:\/\/|#) (\S+)\n(.*?)^```$/gms)
  const found = [...blocks].filter(([, file]) => file === name)
  assert.equal(found.length, 1, `"${heading}" in docs/backends.md has ${found.length} blocks for ${name}`)
  return found[0][2]
}
