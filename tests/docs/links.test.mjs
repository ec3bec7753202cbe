// Links lead somewhere: to files and folders of the checkout, and to headings of its pages. So do the paths and the
// commands that the text names.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { checkCommand } from './support/commands.mjs'
import { inCheckout, pages, ROOT } from './support/pages.mjs'

/** Where the checkout's files are for those who have not got it. */
const REPOSITORY = /^https:\/\/github\.com\/session-warden\/session-warden\/(?:blob|tree)\/main\//

/** A path from the top of the checkout, without placeholders. */
const PATH = /^(?:src|pkg|server|www|tests|docs|xtask|fuzz|bench|examples|\.ci)\/(?:[a-z0-9_.-]+\/?)*$/

for (const page of pages) {
  describe(page.path, () => {
    test('links lead somewhere', () => {
      assert.deepEqual(
        page.links
          .filter(link => !leadsSomewhere(page, link.to))
          .map(({ line, to }) => `line ${line}: ${to}`),
        [],
      )
    })

    test('the paths that it names exist', () => {
      const named = page.words.filter(({ text }) => PATH.test(text))
      assert.deepEqual(
        named
          .filter(({ text }) => !existsSync(join(ROOT, text)))
          .map(({ line, text }) => `line ${line}: ${text}`),
        [],
      )
    })

    const commands = page.words.filter(({ text }) => /^cargo xtask [\w-]/.test(text) && !/ \| /.test(text))
    if (commands.length === 0) return
    test('the commands that it names exist', async () => {
      for (const { line, text } of commands) {
        // `NAME…` stands for any number of names, also for none.
        const words = text.split(/\s+/).filter(word => !word.endsWith('…'))
        await checkCommand(words).catch(error => assert.fail(`line ${line}: ${text}: ${error.message}`))
      }
    })
  })
}

function leadsSomewhere({ path }, to) {
  if (REPOSITORY.test(to)) return isThere('.', to.replace(REPOSITORY, ''))
  if (/^(https?|mailto):/.test(to)) return URL.canParse(to)
  // Its readers have the package, and not the repository around it.
  if (path === 'pkg/README.md' && !to.startsWith('#')) return false
  return isThere(to.startsWith('#') ? path : dirname(path), to)
}

function isThere(from, to) {
  const [file, anchor] = to.split('#')
  const target = join(ROOT, from, decodeURIComponent(file))
  if (!existsSync(target)) return false
  if (anchor === undefined) return true
  const page = pages.find(({ path }) => path === inCheckout(target))
  return page?.anchors.has(decodeURIComponent(anchor)) ?? false
}
