import { readdir, readFile } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import GithubSlugger from 'github-slugger'
import { fromMarkdown } from 'mdast-util-from-markdown'
import { gfmFromMarkdown } from 'mdast-util-gfm'
import { toString as textOf } from 'mdast-util-to-string'
import { gfm } from 'micromark-extension-gfm'
import { visit } from 'unist-util-visit'

/** The checkout. */
export const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

/** Folders of pages, each with those in it and none below. */
const FOLDERS = ['.', 'pkg', 'server', 'tests']

/** Folders of pages, at any depth. */
const TREES = ['docs']

/** The name of a file in a block's first line, in whatever its language takes for a comment. */
const FILE_NAME = /^(?:\/\/|#|<!--|\/\*) ([\w.()[\]/-]+\.\w+)(?: -->| \*\/)?$/

/** Every page of the documentation. */
export const pages = await Promise.all((await pathsOfPages()).map(readPage))

/** The page at `path`. */
export function pageAt(path) {
  const page = pages.find(page => page.path === path)
  if (page === undefined) throw new Error(`there is no ${path}`)
  return page
}

async function pathsOfPages() {
  const lists = [
    ...FOLDERS.map(folder =>
      readdir(join(ROOT, folder)).then(names => names.map(name => join(folder, name))),
    ),
    ...TREES.map(async folder => {
      const entries = await readdir(join(ROOT, folder), { recursive: true })
      return entries.map(name => join(folder, name))
    }),
  ]
  const paths = (await Promise.all(lists)).flat().filter(path => path.endsWith('.md'))
  return paths.map(path => path.split(sep).join('/')).sort()
}

/**
 * A page: its path in the checkout, its text, its blocks of code, what it says in code inside a sentence, where its links lead, and
 * the anchors that links can lead to.
 */
async function readPage(path) {
  const text = await readFile(join(ROOT, path), 'utf8')
  const tree = fromMarkdown(text, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] })
  const page = { path, text, blocks: [], words: [], links: [], anchors: new Set() }
  const slugger = new GithubSlugger()
  let heading = ''
  visit(tree, node => {
    const line = node.position?.start.line
    if (node.type === 'heading') {
      heading = textOf(node)
      page.anchors.add(slugger.slug(heading))
    }
    if (node.type === 'html')
      for (const [, id] of node.value.matchAll(/\b(?:id|name)="([^"]+)"/g)) page.anchors.add(id)
    if (node.type === 'code') page.blocks.push(blockOf(page, heading, node))
    if (node.type === 'inlineCode') page.words.push({ line, text: node.value })
    if (['link', 'definition', 'image'].includes(node.type)) page.links.push({ line, to: node.url })
  })
  return page
}

/** A block of code: where it is, what it is, and the file that it belongs to where it says one. */
function blockOf(page, heading, { lang: language, meta, value, position }) {
  // rustdoc's attributes come after a comma.
  const lang = language?.split(',')[0]
  const file =
    value.split('\n', 1)[0].match(FILE_NAME)?.[1] ?? (/^[\w/-]+\.\w+$/.test(meta ?? '') ? meta : null)
  return { page: page.path, line: position.start.line, heading, lang, file, text: `${value}\n` }
}

/** A path in the checkout, from there. */
export const inCheckout = path => relative(ROOT, path).split(sep).join('/')
