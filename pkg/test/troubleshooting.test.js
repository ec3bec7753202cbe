// docs/troubleshooting.md has an entry for everything that can come up, and for nothing else: `npm run build` comes first.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createSession } from 'session-warden'
import { compilerPath } from '../build/declarations.mjs'

const PAGE = await readFile(new URL('../../docs/troubleshooting.md', import.meta.url), 'utf8')
const SOURCES = new URL('../src/', import.meta.url)
const INSTALLED = fileURLToPath(new URL('../../node_modules', import.meta.url))

/** What the page has an entry for, of one kind: its heading makes the address that an error message can link to. */
const entries = kind =>
  [...PAGE.matchAll(new RegExp(`^### ${kind} \`(.+)\`$`, 'gm'))].map(([, entry]) => entry)

const COMPILER_OPTIONS = {
  target: 'es2022',
  lib: ['es2022', 'dom'],
  module: 'esnext',
  moduleResolution: 'bundler',
  types: [],
  strict: true,
  noEmit: true,
}

/** A type is nowhere to be read but by the compiler, which names the entry that is missing or one too many. */
const asRecord = (type, names) =>
  `const ${type[0].toLowerCase()}: Record<${type}, true> = {${names.map(name => `'${name}': true`).join(', ')}}\n`

test('every error code, end and degradation has its entry, and no entry is for another', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'session-warden-troubleshooting-'))
  try {
    await symlink(INSTALLED, join(folder, 'node_modules'), 'junction')
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: COMPILER_OPTIONS }))
    await writeFile(
      join(folder, 'entries.ts'),
      "import type { Degradation, EndReason, SessionErrorCode } from 'session-warden'\n" +
        asRecord('SessionErrorCode', entries('error')) +
        asRecord('EndReason', entries('end')) +
        asRecord('Degradation', entries('degraded')),
    )
    const compiler = [compilerPath(), '--project', folder]
    const compiled = await promisify(execFile)(process.execPath, compiler).catch(error => error)
    assert.equal(compiled.stdout, '')
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('every reason for which the server cannot be asked has its entry', async () => {
  const { valid, reason } = await createSession().verify()
  assert.equal(valid, null)
  assert.deepEqual(entries('verify'), [reason])
  assert.deepEqual(found(await allSources(), /valid: null, reason: '(.+?)'/g), [reason])
})

test('every line of the log has its entry', async () => {
  const lines = found(await allSources(), /\blog\('error', (?:'|`)(.+?)(?:'|`)[,)]/g)
  assert.deepEqual(
    entries('log').sort(),
    lines.map(line => line.replace(/\$\{.+?\}/g, '…')),
  )
})

async function allSources() {
  const names = await readdir(SOURCES, { recursive: true })
  const texts = names
    .filter(name => /\.tsx?$/.test(name))
    .map(name => readFile(new URL(name, SOURCES), 'utf8'))
  return (await Promise.all(texts)).join('\n')
}

const found = (text, pattern) => [...new Set([...text.matchAll(pattern)].map(([, word]) => word))].sort()
