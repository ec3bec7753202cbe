import assert from 'node:assert/strict'
import { CREDENTIALS } from './auth-server.mjs'
import { shared } from './shared.mjs'

/** A page of its own, what it complained about, and the addresses of the scripts that it asked for. */
export async function openPage(t, url) {
  const context = await shared.browser.newContext()
  t.after(() => context.close())
  const page = await context.newPage()
  const complaints = []
  const scripts = new Set()
  page.on('pageerror', error => complaints.push(String(error)))
  page.on('console', message => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
  })
  page.on('request', request => {
    if (request.resourceType() === 'script') scripts.add(request.url())
  })
  await page.goto(url)
  return { page, complaints, scripts }
}

/** Lives through a session, from its start to its end: a page that got less than the whole package fails somewhere. */
export async function sessionWorks({ page, complaints }, resource = '/my-bookings') {
  const starts = async () => {
    await page.waitForFunction(() => globalThis.session)
    return page.evaluate(() =>
      globalThis.session.ready.then(({ status, error, degraded }) => [status, error?.message, degraded]),
    )
  }
  assert.deepEqual(await starts(), ['unauthenticated', undefined, null])

  const signedIn = await page.evaluate(credentials => globalThis.session.login(credentials), CREDENTIALS)
  assert.equal(signedIn.status, 'authenticated')
  const [first, next] = await page.evaluate(async () => {
    const first = await globalThis.session.getAccessToken()
    await globalThis.session.refresh()
    return [first, await globalThis.session.getAccessToken()]
  })
  for (const token of [first, next]) assert.match(token, /^[\w-]+\.[\w-]+\.[\w-]+$/)
  assert.notEqual(first, next)
  const status = await page.evaluate(async url => (await globalThis.session.fetch(url)).status, resource)
  assert.equal(status, 200)

  await page.reload()
  assert.deepEqual(await starts(), ['authenticated', undefined, null])
  await page.evaluate(() => globalThis.session.logout())
  assert.equal(await page.evaluate(() => globalThis.session.getSnapshot().endReason), 'logout')
  assert.deepEqual(complaints, [])
}
