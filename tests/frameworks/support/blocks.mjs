import { readFile } from 'node:fs/promises'

const BLOCK = /^```\w+\n(?:\/\/ |<!-- )(\S+)( -->)?\n([\s\S]*?)^```$/gm

/**
 * The files that the blocks of a page in docs/ are: for each section the text by the name, those of before the first
 * section among all.
 */
export async function blocksOf(page) {
  const text = await readFile(new URL(`../../../docs/${page}`, import.meta.url), 'utf8')
  if (text.match(/^```\w/gm).length !== text.match(BLOCK).length)
    throw new Error('a block does not name its file')
  const [shared, ...sections] = text.split(/^## /m)
  return new Map(
    sections.map(section => [
      section.slice(0, section.indexOf('\n')),
      new Map(
        [shared, section].flatMap(part => [...part.matchAll(BLOCK)].map(([, name, , code]) => [name, code])),
      ),
    ]),
  )
}
