// Every block of code in the documentation is shown to be right: compiled, parsed, or checked against what there is; the
// rest is run by the tests that `ELSEWHERE` names.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdir, readFile, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { transform } from 'esbuild'
import { parse } from 'parse5'
import { launchBrowser } from '../../pkg/test/support/browser.js'
import { required } from '../e2e/support/environment.mjs'
import { installedApplication } from './support/application.mjs'
import { compilePage, isCompiled } from './support/applications.mjs'
import { checkCommand, commandsOf } from './support/commands.mjs'
import { ELSEWHERE, elsewhere } from './support/elsewhere.mjs'
import { checkHeaders } from './support/headers.mjs'
import { pages, ROOT } from './support/pages.mjs'

const XTASK = required('SESSION_WARDEN_XTASK')

/** What shows a block that is not compiled, by its language. */
const CHECKS = {
  sh: async ({ text }) => {
    for (const command of commandsOf(text)) await checkCommand(command)
  },
  json: ({ text }) => void JSON.parse(text),
  css: async ({ text }) => {
    const { warnings } = await transform(text, { loader: 'css', logLevel: 'silent' })
    assert.deepEqual(
      warnings.map(({ text }) => text),
      [],
    )
  },
  http: ({ text }) => checkHeaders(text),
  mermaid: ({ text }) => parseDiagram(text),
  rust: ({ page }) => checkDoctest(page),
  // A map of the code.
  text: async ({ text }) => {
    const paths = text.match(/\b(?:src|pkg|server|www|tests|xtask|docs)\/[\w./-]+/g) ?? []
    assert.notEqual(paths.length, 0, 'nothing shows this text')
    for (const path of paths) await stat(join(ROOT, path))
  },
}

const application = await installedApplication()

for (const { path, blocks } of pages) {
  const own = blocks.filter(block => elsewhere(block) === undefined)
  if (own.length === 0) continue
  describe(path, () => {
    let compiled
    const compileOnce = () => {
      compiled ??= compilePage(join(application, path), join(application, 'node_modules'), own)
      return compiled
    }

    for (const block of own) {
      test(`line ${block.line}: ${[block.lang, block.file].filter(Boolean).join(' ')}`, async () => {
        if (isCompiled(block) || block.lang === 'html')
          assert.deepEqual((await compileOnce()).get(block) ?? [], [])
        if (isCompiled(block)) return
        if (block.lang === 'html') return checkHtml(block, own)
        const check = CHECKS[block.lang]
        assert.ok(check, `nothing shows a block of ${block.lang}`)
        await check(block)
      })
    }
  })
}

describe('what others show', () => {
  for (const entry of ELSEWHERE) {
    test(`${entry.page}${entry.starts ? ` (${entry.starts}…)` : ''} is shown by ${entry.by}`, async () => {
      const { stdout } = await promisify(execFile)(XTASK, ['test', '--list'])
      const suite = stdout.split('\n').find(line => line.split(' ', 1)[0] === entry.suite)
      assert.ok(suite && !suite.endsWith('(only by name)'), `no such suite by default: ${entry.suite}`)

      const shown = pages
        .find(({ path }) => path === entry.page)
        ?.blocks.filter(block => elsewhere(block) === entry)
      assert.ok(shown?.length > 0, 'there is no such block')
      const tests = await textBelow(join(ROOT, entry.by))
      assert.ok(tests.includes(entry.page), `${entry.by} does not read ${entry.page}`)
      if (entry.takesAll) return
      for (const { file, heading, line } of shown) {
        const name = entry.starts ?? file ?? heading.match(/\S+/)[0]
        assert.ok(tests.includes(name), `nothing in ${entry.by} names ${name} (line ${line})`)
      }
    })
  }
})

/** The text of the tests in a file or folder. */
async function textBelow(path) {
  if ((await stat(path)).isFile()) return readFile(path, 'utf8')
  const entries = await readdir(path, { withFileTypes: true })
  const kept = entries.filter(({ name }) => !/^(node_modules|target|dist|\..*)$/.test(name))
  return (await Promise.all(kept.map(({ name }) => textBelow(join(path, name))))).join('\n')
}

/** A page whose scripts are on the same page of the documentation. */
function checkHtml({ text }, blocks) {
  const errors = []
  // A block may be a part of a page.
  const onParseError = ({ code }) => code !== 'missing-doctype' && errors.push(code)
  parse(text, { onParseError })
  assert.deepEqual(errors, [])
  for (const [, source] of text.matchAll(/<script [^>]*src="([^"]+)"/g))
    assert.ok(
      blocks.some(({ file }) => file === source.replace(/^\.?\//, '')),
      `there is no ${source}`,
    )
}

/** rustdoc runs what a crate's documentation includes. */
async function checkDoctest(page) {
  const sources = await Promise.all(
    ['src', 'server/src', 'examples'].map(folder => textBelow(join(ROOT, folder))),
  )
  const includes = new RegExp(`#!?\\[(cfg_attr\\([^\\]]*)?doc = include_str!\\("(\\.\\./)*${page}"\\)`)
  assert.match(sources.join('\n'), includes, `no crate's documentation includes ${page}`)
}

let browser

after(() => browser?.close())

/** By what draws it on the repository's page. */
async function parseDiagram(text) {
  browser ??= await launchBrowser()
  const page = await browser.newPage()
  const path = createRequire(import.meta.url).resolve('mermaid/dist/mermaid.min.js')
  await page.addScriptTag({ path })
  const { diagramType } = await page.evaluate(text => globalThis.mermaid.parse(text), text)
  assert.ok(diagramType)
}
