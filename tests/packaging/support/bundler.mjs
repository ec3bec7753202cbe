import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { installApplication } from './application.mjs'
import { openPage, sessionWorks } from './page.mjs'
import { serveBehind, serveFolder } from './site.mjs'
import { freePort, Tool } from './tool.mjs'

/** What is in the text of the module and nowhere else. */
const MODULE = 'QRSTUVWXYZ[]^_abcdefghijklmnopqrst .'
/** What is in the code of `createSession` and nowhere else. */
const LOADER = "add 'wasm-unsafe-eval' to script-src"

/** What a bundler may leave of the package for it, in bytes: a quarter of the code without the module. */
const GUARD_ALONE = 9_000

const PRODUCTION = { env: { NODE_ENV: 'production' } }

/**
 * The applications of `fixtures/app`, with the files of the fixture called `fixture`, in development and in production:
 *
 * - `serve(port)`: the command that serves the first one in development at a port; without it, `watch`: the one that makes
 *   `dist` of it at each change
 * - `build`: the command that makes the folder `dist` of it for production
 * - `buildGuard`: the command that does so with the one in the folder `guard`, into `dist-guard`
 * - `buildOneFile`: where the tool can, the command that makes one script of the first one, in `dist-one-file`
 * - `node`: finds the Node.js that its server needs; null where there is none
 */
export function testBundler(
  name,
  { fixture, serve, watch, build, buildGuard, buildOneFile, node = async () => undefined },
) {
  let installing
  const installed = () => (installing ??= installApplication(fixture, ['app']))

  test(`development: ${name}`, async t => {
    const options = { node: await node() }
    if (options.node === null) return t.skip('its server needs a newer Node.js')
    const folder = await installed()
    if (serve === undefined) {
      await Tool.start(t, folder, watch, /created/, options)
      return sessionWorks(await openPage(t, await serveFolder(t, join(folder, 'dist'))))
    }
    const port = await freePort()
    await Tool.start(t, folder, serve(port), /(localhost|127\.0\.0\.1):\d+/, options)
    await sessionWorks(await openPage(t, await serveBehind(t, port)))
  })

  test(`production: ${name}`, async t => {
    const folder = await installed()
    await Tool.run(folder, build, PRODUCTION)
    const site = await serveFolder(t, join(folder, 'dist'))
    const session = await openPage(t, site)
    await sessionWorks(session)
    assert.equal((await textsOf(session)).filter(text => text.includes(MODULE)).length, 1)

    const idle = await openPage(t, `${site}#no-session`)
    await idle.page.waitForFunction(() => globalThis.createVerifier)
    const texts = (await textsOf(idle)).join('\n')
    assert.deepEqual([texts.includes(LOADER), texts.includes(MODULE)], [true, false])
  })

  test(`production: ${name}, with nothing but an error’s guard, which brings no session along`, async t => {
    const folder = await installed()
    await Tool.run(folder, buildGuard, PRODUCTION)
    const guarded = await openPage(t, await serveFolder(t, join(folder, 'dist-guard')))
    await guarded.page.waitForSelector('[data-guarded=false]', { state: 'attached' })
    const loaded = (await textsOf(guarded)).join('\n')
    assert.deepEqual([loaded.includes(MODULE), loaded.includes(LOADER)], [false, false])
    assert.ok(loaded.length < GUARD_ALONE, `${loaded.length} bytes`)
    assert.deepEqual(guarded.complaints, [])
  })

  if (buildOneFile === undefined) return
  test(`production: ${name}, with everything in one file`, async t => {
    const folder = await installed()
    await Tool.run(folder, buildOneFile, PRODUCTION)
    const session = await openPage(t, await serveFolder(t, join(folder, 'dist-one-file')))
    await sessionWorks(session)
    assert.equal(session.scripts.size, 1)
  })
}

function textsOf({ scripts }) {
  return Promise.all([...scripts].map(async url => (await fetch(url)).text()))
}
