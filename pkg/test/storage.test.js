// The kinds of storage in a real browser, with the package as it is built.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { launchBrowser } from './support/browser.js'
import { ANSWER, openSite, REFRESHED } from './support/site.js'

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
  await load(page, storage)
  await page.evaluate(() => session.ready)
}

/** As far as a session that knows of nothing yet; `first` runs before there is one. */
async function load(page, storage, first = () => {}) {
  await page.evaluate(() => {
    // What a test has an operation of the adapter wait for, or answer.
    globalThis.before = {}
  })
  await page.evaluate(first)
  await page.evaluate(async storage => {
    const { createSession } = await import('/package/dist/esm/index.js')
    const adapter = {
      async getItem(key) {
        const found = await before.getItem?.()
        return found === undefined ? localStorage.getItem(`app:${key}`) : found
      },
      async setItem(key, text) {
        await before.setItem?.()
        localStorage.setItem(`app:${key}`, text)
      },
      removeItem: async key => localStorage.removeItem(`app:${key}`),
    }
    globalThis.session = createSession({ storage: storage === 'adapter' ? adapter : storage })
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

/** What the page then has: vaults by the number, and what puts a record away in one for the session `sid`. */
async function vaults(page) {
  await page.evaluate(async () => {
    const { encryptedVault } = await import('/package/dist/esm/vault.js')
    globalThis.vaultOf = encryptedVault
    globalThis.sealed = async (vault, access) => {
      let row
      const run = async decide => {
        row = decide()
        return [undefined, row]
      }
      const record = { access }
      await vault.change(run, () => ({ sid: 'sid', generation: 1, record }), 'sid', record)
      return JSON.stringify(row)
    }
  })
}

test('encrypted: two tabs that put away at once have one key', async context => {
  const page = await (await profile(context))('local')
  await vaults(page)
  const opened = await page.evaluate(async () => {
    const rows = await Promise.all([sealed(vaultOf(), 'one'), sealed(vaultOf(), 'two')])
    return Promise.all(rows.map(row => vaultOf().openCopy(row)))
  })
  assert.deepEqual(opened, [{ access: 'one' }, { access: 'two' }])
})

test('encrypted: a row that is missing does not take the key of the session along', async context => {
  const page = await (await profile(context))('local')
  await vaults(page)
  const opened = await page.evaluate(async () => {
    const vault = vaultOf()
    const copy = await sealed(vault, 'one')
    const missing = async decide => {
      decide()
      return [undefined, undefined]
    }
    await vault.change(missing, () => undefined, 'sid', { access: 'two' })
    await sealed(vault, 'three')
    return vaultOf().openCopy(copy)
  })
  assert.deepEqual(opened, { access: 'one' })
})

test('encrypted: a page that stands still leaves the keys to the others', async context => {
  const page = await (await profile(context))('local')
  await vaults(page)
  const row = await page.evaluate(async () => {
    await sealed(vaultOf(), 'one')
    const opening = indexedDB.open('session-warden-keys')
    const database = await new Promise(resolve => (opening.onsuccess = () => resolve(opening.result)))
    const keys = database.transaction('keys', 'readwrite').objectStore('keys')
    let isBlocked = true
    const block = () => {
      if (isBlocked) keys.get('').onsuccess = block
    }
    block()
    const { transaction } = IDBDatabase.prototype
    const asked = new Promise(resolve => {
      IDBDatabase.prototype.transaction = function (...parameters) {
        resolve()
        return transaction.apply(this, parameters)
      }
    })
    const row = sealed(vaultOf(), 'two')
    await asked
    dispatchEvent(new Event('pagehide'))
    const answer = await Promise.race([row, new Promise(resolve => setTimeout(resolve, 500, 'waiting'))])
    isBlocked = false
    return answer
  })
  assert.equal(row, undefined, 'nothing is written without a key')
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

for (const storage of ['encrypted', 'adapter']) {
  test(`${storage}: a session that was stored as it is goes on, and is put away when it is renewed`, async context => {
    const page = await (await profile(context))('local')
    await logIn(page)
    await reload(page, storage)
    assert.equal((await snapshot(page)).status, 'authenticated')

    // The turn to refresh is taken and given back, without any tokens to seal.
    await page.route('**/refresh', route => route.abort())
    await page.evaluate(() => session.refresh().catch(() => {}))
    await reload(page, storage)
    assert.equal((await snapshot(page)).status, 'authenticated')
    assert.equal(await page.evaluate(() => session.getAccessToken()), ANSWER.access_token)

    const renewed = { access_token: 'renewed', expires_in: 900 }
    await page.evaluate(tokens => session.setTokens(tokens, { as: 'refresh' }), renewed)
    await page.evaluate(() => {
      for (const key of Object.keys(localStorage)) if (key.startsWith('app:')) localStorage.removeItem(key)
    })
    const text = await stored(page)
    assert.ok(text.includes('"generation":2'), text)
    assert.ok(!holdsTokens(text) && !text.includes('renewed'), text)
  })
}

test('adapter: a logout before the copy has been opened is kept', async context => {
  const page = await (await profile(context))('adapter')
  await logIn(page)
  await page.reload()
  await load(page, 'adapter', () => {
    globalThis.opened = new Promise(resolve => (globalThis.open = resolve))
    before.getItem = () => opened
  })
  await page.evaluate(() => session.logout())
  await page.evaluate(() => open())
  assert.equal((await page.evaluate(() => session.ready)).status, 'unauthenticated')
  await reload(page, 'adapter')
  assert.equal((await snapshot(page)).status, 'unauthenticated')
})

test('adapter: a tab that cannot open what another one put away presents no token of its own', async context => {
  const open = await profile(context)
  const [first, second] = [await open('adapter'), await open('adapter')]
  await logIn(first)
  await until(second, signedIn)
  let asked = 0
  second.on('request', request => (asked += request.url().endsWith('/refresh') ? 1 : 0))
  await second.evaluate(() => (before.getItem = () => null))
  await first.evaluate(() => session.refresh())

  await second.evaluate(() => session.refresh().catch(() => {}))
  assert.equal(asked, 0, 'the token it has is used up')
  assert.equal((await snapshot(second)).status, 'authenticated')
  await second.evaluate(() => (before.getItem = undefined))
  await second.evaluate(() => dispatchEvent(new Event('focus')))
  await second.waitForFunction(token => session.peekAccessToken() === token, REFRESHED.access_token, {
    timeout: 5_000,
  })
})

test('adapter: what has been replaced between the row and the adapter is looked for once more', async context => {
  const page = await (await profile(context))('adapter')
  await logIn(page)
  await page.reload()
  await load(page, 'adapter', () => {
    // Once for the copy and once for the row.
    let misses = 2
    before.getItem = () => (misses-- > 0 ? null : undefined)
  })
  assert.equal((await page.evaluate(() => session.ready)).status, 'authenticated')
})

test('adapter: a logout waits for nothing that is being put away', async context => {
  const page = await (await profile(context))('adapter')
  await logIn(page)
  const [row, copy] = await page.evaluate(async () => {
    const sealing = new Promise(resolve => {
      before.setItem = () => {
        resolve()
        return new Promise(go => (globalThis.go = go))
      }
    })
    session.refresh().catch(() => {})
    await sealing
    await session.logout()
    const copy = JSON.parse(localStorage.getItem('session-warden:session'))
    const opening = indexedDB.open('session-warden')
    const database = await new Promise(resolve => (opening.onsuccess = () => resolve(opening.result)))
    const reading = database.transaction('rows').objectStore('rows').get('session-warden:session')
    const row = await new Promise(resolve => (reading.onsuccess = () => resolve(reading.result)))
    database.close()
    return [row, copy]
  })
  assert.equal(copy.ended?.reason, 'logout')
  assert.equal(row.ended?.reason, 'logout')
  await page.evaluate(() => go())
  await until(page, () => Object.keys(localStorage).every(key => !key.startsWith('app:')))
  await reload(page, 'adapter')
  assert.equal((await snapshot(page)).status, 'unauthenticated')
})

test('adapter: one that hangs for a while holds nothing up for longer', async context => {
  const page = await (await profile(context))('adapter')
  await page.evaluate(() => (before.setItem = () => new Promise(() => {})))
  assert.equal((await logIn(page)).status, 'authenticated')
  assert.equal((await snapshot(page)).degraded, 'not-stored')
  await page.evaluate(() => (before.setItem = undefined))
  await page.evaluate(() => dispatchEvent(new Event('focus')))
  await until(page, () => Object.keys(localStorage).some(key => key.startsWith('app:')))
  await page.evaluate(() => session.refresh())
  await reload(page, 'adapter')
  assert.equal((await snapshot(page)).status, 'authenticated')
  assert.equal(await page.evaluate(() => session.getAccessToken()), REFRESHED.access_token)
})
