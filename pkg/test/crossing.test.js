// What crosses between the module and the package as numbers, with both as they are built: each number has its name.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { launchBrowser } from './support/browser.js'
import { ANSWER, openSite, REFRESHED } from './support/site.js'
import { tokenOf } from './support/token.js'

/** Not at each frame, which a tab in the background has none of. */
const WAITING = { polling: 50, timeout: 10_000 }

const PACKAGE = fileURLToPath(new URL('..', import.meta.url))

let browser
let site

before(async () => {
  site = await openSite({ '/package/': PACKAGE })
  browser = await launchBrowser()
})

after(async () => {
  await browser?.close()
  site?.close()
})

/** A browser of its own. Its tabs say what their sessions tell; `refreshing` is what the auth server does. */
async function profile(context, { options = {}, refreshing, before = () => {} } = {}) {
  const tabs = await browser.newContext()
  context.after(() => tabs.close())
  if (refreshing) await tabs.route('**/refresh', refreshing)
  await tabs.addInitScript(before)
  return async () => {
    const page = await tabs.newPage()
    await page.goto(`${site.href}/package/test/support/blank.html`)
    await page.evaluate(start, options)
    return page
  }
}

async function start(options) {
  const { createSession } = await import('/package/dist/esm/index.js')
  const plain = ({ error, ...rest }) =>
    error ? { error: [error.name, error.status ?? null], ...rest } : rest
  const names = ['login', 'refresh', 'refresh-failed', 'refresh-rejected', 'prompt', 'prompt-dismissed']
  names.push('end', 'user-changed', 'degraded')
  globalThis.session = createSession(options)
  globalThis.heard = []
  for (const name of names) {
    session.on(name, payload => {
      heard.push({ name, ...plain(payload) })
    })
  }
  await session.ready
}

/** The first event of that name, as soon as it is there. */
async function event(page, name) {
  const found = await page.waitForFunction(name => heard.find(event => event.name === name), name, WAITING)
  return found.jsonValue()
}

/** Calls a method of the session. What it rejects with, as far as there is any of it. */
const failure = (page, method, ...values) =>
  page.evaluate(
    async ([method, values]) => {
      const asked = Date.now()
      const { name, status, field, retryAt, cause } = await session[method](...values).catch(reason => reason)
      return { name, status, field, isLater: retryAt > asked, cause: cause?.name }
    },
    [method, values],
  )

const logIn = page => page.evaluate(() => session.login({}))

test('a session that goes well', async context => {
  const open = await profile(context)
  const [page, other] = [await open(), await open()]
  await logIn(page)
  assert.deepEqual(await event(page, 'login'), { name: 'login', user: ANSWER.user })
  assert.deepEqual(await event(other, 'login'), { name: 'login', user: ANSWER.user })

  await page.evaluate(() => session.refresh())
  assert.equal(await page.evaluate(() => session.getAccessToken()), REFRESHED.access_token)
  assert.deepEqual(await event(page, 'refresh'), { name: 'refresh', generation: 2, by: 'this-tab' })
  assert.deepEqual(await event(other, 'refresh'), { name: 'refresh', generation: 2, by: 'other-tab' })

  const accessToken = tokenOf({ sub: '8' })
  await page.evaluate(tokens => session.setTokens(tokens, { as: 'login' }), { accessToken })
  assert.deepEqual(await event(page, 'user-changed'), { name: 'user-changed', from: '7', to: '8' })
  assert.equal((await failure(page, 'refresh')).name, 'NotRenewableError')

  await page.evaluate(() => session.logout())
  assert.deepEqual(await event(page, 'end'), { name: 'end', reason: 'logout', endedBy: 'this-tab' })
  assert.deepEqual(await event(other, 'end'), { name: 'end', reason: 'logout', endedBy: 'other-tab' })
})

test('what goes wrong without a session', async context => {
  const page = await (await profile(context))()
  assert.equal((await failure(page, 'refresh')).name, 'SignedOutError')
  const { name, status } = await failure(page, 'register', {})
  assert.deepEqual({ name, status }, { name: 'HttpError', status: 404 })
  const { name: bad, field } = await failure(page, 'setTokens', {})
  assert.deepEqual({ bad, field }, { bad: 'BadAnswerError', field: 'access_token' })
})

for (const [what, refreshing, cause, status] of [
  ['is in trouble', route => route.fulfill({ status: 503 }), 'HttpError', 503],
  ['is out of reach', route => route.abort(), 'NetworkError', null],
]) {
  test(`the auth server ${what}`, async context => {
    const page = await (await profile(context, { refreshing }))()
    await logIn(page)
    const asked = Date.now()
    const { name, isLater, cause: found } = await failure(page, 'refresh')
    assert.deepEqual(
      { name, isLater, found },
      { name: 'RefreshUnavailableError', isLater: true, found: cause },
    )
    const { error, retryAt } = await event(page, 'refresh-failed')
    assert.deepEqual(error, [cause, status])
    assert.ok(retryAt > asked)
    assert.equal(await page.evaluate(() => session.getSnapshot().offline), true)
  })
}

test('the auth server refuses the refresh', async context => {
  const refreshing = route => route.fulfill({ status: 401, json: { error: 'invalid_grant' } })
  const page = await (await profile(context, { refreshing }))()
  const { expiresAt } = await logIn(page)
  assert.equal((await failure(page, 'refresh')).name, 'RefreshRejectedError')
  const { error, endsAt } = await event(page, 'refresh-rejected')
  assert.deepEqual({ error, endsAt }, { error: ['RefreshRejectedError', 401], endsAt: expiresAt })
  assert.equal(await page.evaluate(() => session.getSnapshot().ending), true)
})

test('the idle prompt', async context => {
  const options = { idleTimeout: 60_000, idlePrompt: 59_900, promptEndsOn: 'stay' }
  const page = await (await profile(context, { options }))()
  const { idleAt } = await logIn(page)
  assert.deepEqual(await event(page, 'prompt'), { name: 'prompt', endsAt: idleAt })
  await page.evaluate(() => session.stay())
  assert.deepEqual(await event(page, 'prompt-dismissed'), { name: 'prompt-dismissed', by: 'stay' })
})

test('a browser without IndexedDB, and one that stores nothing', async context => {
  const withoutRows = () => Object.defineProperty(globalThis, 'indexedDB', { value: undefined })
  const page = await (await profile(context, { before: withoutRows }))()
  assert.deepEqual(await event(page, 'degraded'), { name: 'degraded', what: 'no-fence' })
  const { degraded, storage } = await page.evaluate(() => session.getSnapshot())
  assert.deepEqual({ degraded, storage }, { degraded: 'no-fence', storage: 'local' })

  const withoutAny = () => {
    for (const name of ['indexedDB', 'localStorage'])
      Object.defineProperty(globalThis, name, { value: undefined })
  }
  const bare = await (await profile(context, { before: withoutAny }))()
  assert.deepEqual(await event(bare, 'degraded'), { name: 'degraded', what: 'no-storage' })
  const { degraded: now, storage: there } = await bare.evaluate(() => session.getSnapshot())
  assert.deepEqual({ now, there }, { now: 'no-storage', there: 'memory' })
})
