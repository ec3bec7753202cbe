// The part for applications' tests in a real page, as test runners offer it: the page's own browser is left alone.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openApiSite } from './support/api-site.js'
import { launchBrowser } from './support/browser.js'
import { bundle, pageOf } from './support/bundle.js'

let browser
let site

before(async () => {
  const script = await bundle(`
    import { createTestSession } from 'session-warden/testing'
    globalThis.createTestSession = createTestSession`)
  site = await openApiSite({ '/': pageOf('/app.js'), '/app.js': script })
  browser = await launchBrowser()
})

after(async () => {
  await browser?.close()
  site?.close()
})

test('half an hour passes in two tabs that are none', async () => {
  const page = await browser.newPage()
  await page.goto(site.href)
  await page.waitForFunction(() => globalThis.createTestSession)
  const seen = await page.evaluate(async () => {
    const options = { storage: 'encrypted' }
    const { session, clock, tab, openTab } = await createTestSession(options, { signedIn: true })
    const other = await openTab()
    await clock.advance(29 * 60_000)
    const { prompting, storage, degraded } = session.getSnapshot()
    await other.session.logout()
    await clock.advance()
    const { endReason } = session.getSnapshot()
    const stored = localStorage.length + (await indexedDB.databases()).length
    return { prompting, storage, degraded, endReason, isHere: tab.url === location.href, stored }
  })
  assert.deepEqual(seen, {
    prompting: true,
    storage: 'encrypted',
    degraded: null,
    endReason: 'logout',
    isHere: true,
    stored: 0,
  })
  assert.equal(site.sent.length, 0)
})
