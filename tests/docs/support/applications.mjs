import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'parse5'
import { compileErrors } from './compile.mjs'

const COMPILED = new Set(['js', 'jsx', 'ts', 'tsx', 'mjs', 'mts'])

/** Whether there is something to compile in a block. */
export const isCompiled = ({ lang }) => COMPILED.has(lang)

/**
 * Compiles the code on a page, below `folder`, with what is installed in `installed`, and tells for each block what is wrong with it. The files of a page are one
 * application; where a page names a file once more, another one begins with what there is so far.
 */
export async function compilePage(folder, installed, blocks) {
  const applications = [[]]
  for (const block of blocks.filter(block => isCompiled(block) || block.lang === 'html')) {
    for (const file of filesOf(block)) {
      const current = applications.at(-1)
      if (!current.some(({ name }) => name === file.name)) current.push(file)
      else applications.push([...current.filter(({ name }) => name !== file.name), file])
    }
  }
  const wrong = new Map()
  for (const [index, files] of applications.entries()) {
    const root = join(folder, String(index))
    await mkdir(root, { recursive: true })
    await symlink(installed, join(root, 'node_modules'), 'junction')
    const errors = await compileErrors(root, files)
    for (const { name, line, message } of errors) {
      const file = files.find(file => file.name === name)
      const block = file?.block ?? blocks[0]
      const at = file === undefined ? name : `${block.page}:${block.line + file.offset + line}`
      wrong.set(block, [...(wrong.get(block) ?? []), `${at}: ${message}`])
    }
  }
  return wrong
}

/** What a block adds to its page's application: itself, or the scripts inside. */
function filesOf(block) {
  if (block.lang === 'html') return scriptsOf(block)
  const name = block.file ?? `line-${block.line}.${block.lang}`
  // Nothing that is not a module can await, and two scripts share their names.
  return [{ name, text: `${block.text}export {}\n`, block, offset: 0 }]
}

/** The modules inside an HTML block. */
function scriptsOf(block) {
  const scripts = []
  const walk = node => {
    if (node.nodeName === 'script' && node.childNodes.length > 0) {
      const { startLine } = node.sourceCodeLocation.startTag
      const text = `${node.childNodes[0].value}\nexport {}\n`
      scripts.push({ name: `line-${block.line + startLine}.js`, text, block, offset: startLine - 1 })
    }
    for (const child of node.childNodes ?? []) walk(child)
  }
  walk(parse(block.text, { sourceCodeLocationInfo: true }))
  return scripts
}
