// The policies of docs/csp.md, on a page that a static server serves, without a bundler.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { installApplication } from './support/application.mjs'
import { CREDENTIALS, startAuthServer } from './support/auth-server.mjs'
import { openPage, sessionWorks } from './support/page.mjs'
import { MESSAGE, POLICIES } from './support/policies.mjs'
import { serveFolder } from './support/site.mjs'

const WASM = 'node_modules/session-warden/dist/session_warden.wasm'

let folder
before(async () => {
  folder = await installApplication('script')
})

test('a plain <script type="module"> from a static server', async t => {
  await sessionWorks(await openPage(t, await serveFolder(t, folder)))
})

test('every policy of docs/csp.md is tested', () => {
  assert.deepEqual([...POLICIES.keys()].sort(), [...WORKING, 'auth-server', 'without'].sort())
})

const WORKING = ['scripts', 'all-named', 'nonce', 'trusted-types']

for (const name of WORKING) {
  const policy = POLICIES.get(name)

  test(`under ${policy}`, async t => {
    const opened = await openPage(t, await serveFolder(t, folder, () => policy))
    await sessionWorks(opened)
    await opened.page.evaluate(() => globalThis.mountSessionMonitor(globalThis.session))
    await opened.page.locator('session-monitor').getByText('unauthenticated').first().waitFor()
    assert.deepEqual(opened.complaints, [])
  })
}

test(`with the auth server on another origin, under ${POLICIES.get('auth-server')}`, async t => {
  let policy
  const url = new URL(await serveFolder(t, folder, () => policy))
  const auth = await startAuthServer(t, { origins: [url.origin] })
  policy = POLICIES.get('auth-server').replace('https://auth.example.com', auth.url)
  url.searchParams.set('auth', auth.url)
  await sessionWorks(await openPage(t, url.href), `${auth.url}/my-bookings`)
})

test(`with the module as a file of the page’s own origin, under ${POLICIES.get('all-named')}`, async t => {
  const policy = POLICIES.get('all-named')
  await sessionWorks(await openPage(t, `${await serveFolder(t, folder, () => policy)}?wasm=${WASM}`))
})

for (const policy of [POLICIES.get('without'), "default-src 'self'"]) {
  test(`under ${policy} the session fails with an error that says what is missing`, async t => {
    const { page, complaints } = await openPage(t, await serveFolder(t, folder, () => policy))
    await page.waitForFunction(() => globalThis.session)
    const seen = await page.evaluate(async credentials => {
      const { session } = globalThis
      const codes = [session.login(credentials), session.getAccessToken(), session.fetch('/my-bookings')].map(
        call => call.catch(({ code, message }) => [code, message]),
      )
      const { status, error } = await session.ready
      return [status, error.name, error.code, error.message, ...(await Promise.all(codes))]
    }, CREDENTIALS)
    assert.deepEqual(seen, [
      'failed',
      'WasmLoadError',
      'wasm-load',
      MESSAGE,
      ...Array.from({ length: 3 }, () => ['wasm-load', MESSAGE]),
    ])
    assert.deepEqual(complaints, [`[session-warden] ${MESSAGE}`])
  })
}
