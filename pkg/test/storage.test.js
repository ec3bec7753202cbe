// The kinds of storage in a real browser, with the package as it is built.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { ANSWER, openSite, REFRESHED } from './support/site.js'

const PACKAGE = fileURLToPath(new URL('..', import.meta.url))

let browser
let site

before(async () => {
  site = await openSite({ '/package/': PACKAGE })
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-background-networking'],
  })
})

after(async () => {
  await browser?.close()
  site?.close()
})

/** A profile of its own, and what opens tabs in it. */
async function profile(context) {
  const tabs = await browser.newContext()
  context.after(() => tabs.close())
  return async (storage, { href = site.href } = {}) => {
    const page = await tabs.newPage()
    await page.goto(`${href}/package/test/support/blank.html`)
    await start(page, storage)
    return page
  }
}

async function start(page, storage) {
  await page.evaluate(async storage => {
    const { createSession } = await import('/package/dist/esm/index.js')
    const adapter = {
      getItem: async key => localStorage.getItem(`app:${key}`),
      setItem: async (key, text) => localStorage.setItem(`app:${key}`, text),
      removeItem: async key => localStorage.removeItem(`app:${key}`),
    }
    globalThis.session = createSession({ storage: storage === 'adapter' ? adapter : storage })
    await session.ready
  }, storage)
}

async function reload(page, storage) {
  await page.reload()
  await start(page, storage)
}

const logIn = page => page.evaluate(() => session.login({}))

const snapshot = page => page.evaluate(() => session.getSnapshot())

/** All that a script could read: both web storages and every database. */
const stored = page =>
  page.evaluate(async () => {
    const settled = request =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result)
        request.onerror = () => reject(request.error)
      })
    const found = [JSON.stringify(localStorage), JSON.stringify(sessionStorage)]
    for (const { name } of await indexedDB.databases()) {
      const database = await settled(indexedDB.open(name))
      for (const store of database.objectStoreNames) {
        const all = await settled(database.transaction(store).objectStore(store).getAll())
        for (const value of all)
          found.push(
            value instanceof CryptoKey ? `key, extractable: ${value.extractable}` : JSON.stringify(value),
          )
      }
      database.close()
    }
    return found.join('\n')
  })

const TOKENS = [ANSWER.access_token, REFRESHED.access_token, ANSWER.refresh_token]

const holdsTokens = text => TOKENS.some(token => text.includes(token))

/** What is told to other tabs and what is stored for them comes a moment later. */
const until = (page, condition) => page.waitForFunction(condition, undefined, { timeout: 5_000 })

const signedIn = () => session.getSnapshot().status === 'authenticated'
const signedOut = () => session.getSnapshot().status === 'unauthenticated'

for (const storage of ['encrypted', 'adapter']) {
  test(`${storage}: tabs share a session that survives a reload`, async context => {
    const open = await profile(context)
    const [first, second] = [await open(storage), await open(storage)]
    assert.equal((await logIn(first)).storage, storage)
    await until(second, signedIn)
    assert.equal(await second.evaluate(() => session.getAccessToken()), ANSWER.access_token)

    await reload(first, storage)
    assert.equal((await snapshot(first)).status, 'authenticated')
    assert.equal(await first.evaluate(() => session.getAccessToken()), ANSWER.access_token)

    await second.evaluate(() => session.refresh())
    await reload(first, storage)
    assert.equal(await first.evaluate(() => session.getAccessToken()), REFRESHED.access_token)
    assert.equal((await snapshot(first)).degraded, null)

    await second.evaluate(() => session.logout())
    await until(first, signedOut)
    await reload(second, storage)
    assert.equal((await snapshot(second)).status, 'unauthenticated')
  })
}

test('local: the tokens lie in storage as they are', async context => {
  const page = await (await profile(context))('local')
  await logIn(page)
  assert.ok(holdsTokens(await stored(page)), 'or the next tests show nothing')
})

for (const storage of ['encrypted', 'memory']) {
  test(`${storage}: no script can read the tokens from storage`, async context => {
    const page = await (await profile(context))(storage)
    await logIn(page)
    await page.evaluate(() => session.refresh())
    const text = await stored(page)
    assert.ok(text.includes('"generation":2'), text)
    assert.ok(!holdsTokens(text), text)
    assert.ok(!text.includes('extractable: true'), text)
  })
}

test('encrypted: the key goes with the session, and the next one has another', async context => {
  const page = await (await profile(context))('encrypted')
  const keyCount = () => stored(page).then(text => text.split('key, extractable: false').length - 1)
  await logIn(page)
  assert.equal(await keyCount(), 1)
  await page.evaluate(() => session.logout())
  await until(page, async () => {
    const opening = indexedDB.open('session-warden-keys')
    const database = await new Promise(resolve => (opening.onsuccess = () => resolve(opening.result)))
    const all = database.transaction('keys').objectStore('keys').getAllKeys()
    const keys = await new Promise(resolve => (all.onsuccess = () => resolve(all.result)))
    database.close()
    return keys.length === 0
  })
  await logIn(page)
  assert.equal(await keyCount(), 1)
})

test('encrypted: a session whose key is gone is a clean sign-out, and the next login works', async context => {
  const page = await (await profile(context))('encrypted')
  await logIn(page)
  await page.evaluate(() => session.dispose())
  await page.evaluate(
    () => new Promise(resolve => (indexedDB.deleteDatabase('session-warden-keys').onsuccess = resolve)),
  )
  await reload(page, 'encrypted')
  assert.equal((await snapshot(page)).status, 'unauthenticated')
  assert.equal((await logIn(page)).status, 'authenticated')
  await reload(page, 'encrypted')
  assert.equal((await snapshot(page)).status, 'authenticated')
})

test('encrypted: without WebCrypto, as on plain http, the tokens stay in memory and the session says so', async context => {
  const page = await (await profile(context))('local')
  await page.reload()
  await page.evaluate(() => Object.defineProperty(crypto, 'subtle', { value: undefined }))
  await start(page, 'encrypted')
  const { status, storage, degraded } = await logIn(page)
  assert.deepEqual(
    { status, storage, degraded },
    { status: 'authenticated', storage: 'memory', degraded: 'no-encryption' },
  )
  assert.ok(!holdsTokens(await stored(page)))
})

test('adapter: it holds the tokens and nothing else does; what is over is removed', async context => {
  const page = await (await profile(context))('adapter')
  await logIn(page)
  await page.evaluate(() => session.refresh())
  const texts = await page.evaluate(() => Object.entries(localStorage))
  const [kept, rest] = [
    texts.filter(([key]) => key.startsWith('app:')),
    texts.filter(([key]) => !key.startsWith('app:')),
  ]
  assert.equal(kept.length, 1, 'the first record went with the refresh')
  assert.ok(holdsTokens(kept[0][1]))
  assert.ok(!holdsTokens(JSON.stringify(rest)))
  await page.evaluate(() => session.logout())
  await until(page, () => Object.keys(localStorage).every(key => !key.startsWith('app:')))
})

test('adapter: one that fails leaves a session that works in its tab and says so', async context => {
  const page = await (await profile(context))('local')
  await page.reload()
  const after = await page.evaluate(async () => {
    const { createSession } = await import('/package/dist/esm/index.js')
    const refuse = () => {
      throw new Error('no')
    }
    globalThis.session = createSession({ storage: { getItem: refuse, setItem: refuse, removeItem: refuse } })
    await session.login({})
    const { status, degraded } = session.getSnapshot()
    return { status, degraded, token: await session.getAccessToken() }
  })
  assert.deepEqual(after, { status: 'authenticated', degraded: 'not-stored', token: ANSWER.access_token })
})
