// The part for applications' tests, in plain Node: there is no page here but the simulated one.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { afterEach, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { configureStore } from '@reduxjs/toolkit'
import { ConfigError, RefreshRejectedError, RefreshUnavailableError } from 'session-warden'
import { createApi } from 'session-warden/axios'
import { createTokenManager } from 'session-warden/compat'
import { createAuthSlice } from 'session-warden/redux'
import { createTestSession } from 'session-warden/testing'

const MINUTE = 60_000
const NOON = Date.UTC(2025, 0, 1, 12)

const worlds = []

/** Closed after the test. */
async function open(options = {}, setup = { signedIn: true }) {
  const world = await createTestSession({ logLevel: 'silent', ...options }, setup)
  worlds.push(world)
  return world
}

afterEach(() => {
  for (const world of worlds.splice(0)) world.dispose()
})

/** What a process of its own writes, with nothing around it. */
function run(script) {
  return execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    encoding: 'utf8',
    timeout: 30_000,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
}

/** What happens to a session, and when. */
function record({ session, clock }) {
  const happened = []
  for (const name of [
    'login',
    'refresh',
    'refresh-failed',
    'refresh-rejected',
    'prompt',
    'prompt-dismissed',
    'end',
    'degraded',
  ])
    session.on(name, () => happened.push([(clock.now() - NOON) / MINUTE, name]))
  return happened
}

describe('time', () => {
  test('stands still by itself, and all that falls due on the way happens at its time', async () => {
    const world = await open({ refreshEvery: 7 * MINUTE })
    const { session, clock } = world
    const happened = record(world)
    const before = clock.now()
    await clock.advance()
    assert.equal(clock.now(), before)
    await clock.advance(29 * MINUTE - 1)
    assert.equal(session.getSnapshot().prompting, false)
    await clock.advance(1)
    assert.equal(session.getSnapshot().prompting, true)
    await clock.advanceTo(NOON + 30 * MINUTE)
    assert.equal(clock.now(), NOON + 30 * MINUTE)
    assert.equal(session.getSnapshot().endReason, 'idle')
    assert.deepEqual(
      happened.map(([at, name]) => `${Math.trunc(at)} ${name}`),
      ['7 refresh', '14 refresh', '21 refresh', '28 refresh', '29 prompt', '30 end'],
    )
  })

  test('has what falls due come in its order', async () => {
    const { session, clock, server } = await open()
    const answered = []
    for (const delay of [30, 10, 20, 10]) {
      server.on('/api/slow', { delay })
      session.fetch('/api/slow').then(() => answered.push([delay, clock.now() - NOON]))
      await clock.advance()
    }
    await clock.advance(MINUTE)
    assert.deepEqual(answered, [
      [10, 10],
      [10, 10],
      [20, 20],
      [30, 30],
    ])
  })

  test('passes at once for a device that sleeps, and what is overdue happens when it wakes', async () => {
    const world = await open()
    const happened = record(world)
    await world.clock.sleep(45 * MINUTE)
    assert.deepEqual(happened, [[45, 'end']])
    assert.equal(world.server.count('refresh'), 0)
  })

  test('goes forward only', async () => {
    const { clock } = await open()
    await assert.rejects(clock.advance(-1), RangeError)
    await assert.rejects(clock.advanceTo(NOON - 1), RangeError)
    await assert.rejects(clock.sleep(Number.NaN), RangeError)
    const advanced = clock.advance(1)
    await assert.rejects(clock.advance(1), /advanced already/)
    await advanced
    assert.equal(clock.now(), NOON + 1)
  })

  test('waits at each step for what an application does then', async () => {
    const { session, clock } = await open()
    const seen = []
    session.on('prompt', async () => {
      await new Promise(resolve => setImmediate(resolve))
      seen.push(clock.now())
      session.stay()
    })
    await clock.advance(2 * 29 * MINUTE)
    assert.deepEqual(seen, [NOON + 29 * MINUTE, NOON + 58 * MINUTE])
    assert.equal(session.getSnapshot().status, 'authenticated')
  })

  test('goes by each step of an application that wants to follow', async () => {
    const spans = []
    const steps = []
    let clock
    const setup = {
      signedIn: true,
      advanceTimers: ms => spans.push(ms),
      act: async step => {
        await step()
        steps.push(clock?.now())
      },
    }
    ;({ clock } = await open({}, setup))
    steps.length = 0
    await clock.advance(MINUTE)
    assert.equal(
      spans.reduce((sum, ms) => sum + ms, 0),
      MINUTE,
    )
    assert.equal(steps[0], NOON)
    assert.ok(steps.includes(NOON + MINUTE / 2), 'the session looks at the clock every half a minute')
    assert.equal(steps.at(-1), NOON + MINUTE)
  })

  test('is the same for the same seed, and another for another', async () => {
    const run = async seed => {
      const { session, clock, server, openTab } = await open({}, { signedIn: true, seed })
      server.on('refresh', 503)
      const other = await openTab()
      await clock.advance(14 * MINUTE)
      other.activity()
      await clock.advance(MINUTE)
      return JSON.stringify([server.requests.map(({ at, body }) => [at, body]), session.getSnapshot()])
    }
    assert.equal(await run(7), await run(7))
    assert.notEqual(await run(7), await run(8))
  })

  test('begins where a test says', async () => {
    const now = new Date('2030-05-06T07:08:09Z')
    const { session, clock } = await open({}, { now, signedIn: true })
    assert.equal(clock.now(), now.getTime())
    assert.equal(session.getSnapshot().lastActivityAt, now.getTime())
  })
})

describe('the session', () => {
  test('is a whole one: signed out at first, signed in by the server', async () => {
    const { session, server } = await open({}, {})
    assert.equal(session.getSnapshot().status, 'unauthenticated')
    assert.equal(session.getSnapshot().degraded, null)
    const { user } = await session.login({ email: 'ada@example.com', password: 'secret' })
    assert.deepEqual(user, { id: 'user-1', email: 'user@example.com' })
    assert.deepEqual(
      server.requests.map(({ purpose, body }) => [purpose, body]),
      [['login', { email: 'ada@example.com', password: 'secret' }]],
    )
  })

  test('begins with the account that a test says', async () => {
    const { session, clock } = await open(
      {},
      {
        signedIn: { user: { id: 7, name: 'Ada' }, claims: { roles: ['admin'] }, expiresIn: 60 },
      },
    )
    const { user, claims, expiresAt } = session.getSnapshot()
    assert.deepEqual(user, { id: 7, name: 'Ada' })
    assert.equal(claims.sub, '7')
    assert.equal(session.hasRole('admin'), true)
    assert.equal(expiresAt, clock.now() + 60_000)
  })

  test('refuses wrong options as ever', async () => {
    await assert.rejects(createTestSession({ idleTimout: 5 }), ConfigError)
  })

  test('refuses what a test cannot say', async () => {
    await assert.rejects(createTestSession({}, { signedin: true }), { name: 'ConfigError', key: 'signedin' })
    await assert.rejects(createTestSession({}, { now: new Date('noon') }), {
      name: 'ConfigError',
      key: 'now',
    })
    const { server } = await open()
    assert.throws(() => server.on('renew', 503), TypeError)
    assert.throws(() => server.once('refresh', 'timeout'), TypeError)
    assert.throws(() => server.on('refresh'), TypeError)
    assert.throws(() => server.on('refresh', { stauts: 503 }), TypeError)
    assert.throws(() => server.on('refresh', { status: 700 }), RangeError)
    assert.throws(() => server.on('refresh', { headers: { 'no name': 'x' } }), TypeError)
    assert.throws(() => server.hold('refreshs'), TypeError)
    assert.throws(() => server.count('api/things'), TypeError)
  })

  test('takes no token that no header can have, which an error would quote', async () => {
    const { session } = await open({}, {})
    for (const accessToken of ['to\nken', 'to\0ken', 'token…'])
      await assert.rejects(session.setTokens({ accessToken }), { code: 'bad-answer' })
    for (const accessToken of ['tökén', 'token\n']) {
      await session.setTokens({ accessToken })
      assert.equal((await session.fetch('/api/things')).status, 404)
    }
  })

  test('takes what a page has of its own from the simulation', async () => {
    const fetch = () => assert.fail('the real world')
    const { session } = await open({ fetch, wasm: new URL('https://example.com/none.wasm') })
    assert.equal((await session.fetch('/api')).status, 404)
  })

  test('sends the user to the login page', async () => {
    const { session, tab, clock } = await open({ loginUrl: '/sign-in' })
    assert.equal(tab.url, 'http://localhost/')
    await session.logout()
    await clock.advance()
    assert.equal(tab.url, 'http://localhost/sign-in')
  })

  for (const storage of ['local', 'session', 'memory', 'encrypted']) {
    test(`keeps its tokens in ${storage} storage, and finds them after a reload where they are to last`, async () => {
      const { session, tab, clock, server } = await open({ storage })
      assert.deepEqual(
        [session.getSnapshot().status, session.getSnapshot().storage, session.getSnapshot().degraded],
        ['authenticated', storage, null],
      )
      const token = await session.getAccessToken()
      const next = await tab.reload()
      assert.notEqual(next, session)
      await clock.advance(2_000)
      assert.equal(next.peekAccessToken(), storage === 'memory' ? null : token)
      assert.equal(server.count('refresh'), 0)
    })
  }

  test('keeps its tokens in the application’s own store', async () => {
    const items = new Map()
    const storage = {
      getItem: async key => items.get(key),
      setItem: async (key, text) => void items.set(key, text),
      removeItem: async key => void items.delete(key),
    }
    const { session, tab } = await open({ storage })
    assert.equal(items.size, 1)
    const token = session.peekAccessToken()
    assert.equal((await tab.reload()).peekAccessToken(), token)
  })

  test('is waited for while it encrypts, however long that takes', async () => {
    const { subtle } = crypto
    const { encrypt } = subtle
    subtle.encrypt = async (...args) => {
      for (let turn = 0; turn < 100; turn++) await new Promise(resolve => setImmediate(resolve))
      return encrypt.apply(subtle, args)
    }
    try {
      const { session, tab } = await open({ storage: 'encrypted' })
      const token = session.peekAccessToken()
      assert.equal((await tab.reload()).peekAccessToken(), token)
    } finally {
      Reflect.deleteProperty(subtle, 'encrypt')
    }
  })

  test('that is not to be remembered goes on as long as the browser', async () => {
    const { session, tab, openTab, clock } = await open({}, {})
    await session.login({}, { remember: false })
    tab.close()
    const next = await openTab()
    await clock.advance(2_000)
    assert.equal(next.session.getSnapshot().status, 'authenticated')
  })

  test('hears of activity, and not of any other event', async () => {
    const { session, tab, clock } = await open()
    await clock.advance(10 * MINUTE)
    tab.activity()
    await clock.advance(10 * MINUTE)
    tab.activity('no-such-event')
    tab.activity('pointerdown')
    assert.equal(session.getSnapshot().lastActivityAt, NOON + 20 * MINUTE)
    await clock.advance(29 * MINUTE)
    assert.equal(session.getSnapshot().prompting, true)
  })

  test('looks at the clock less often while nobody looks at it', async () => {
    let steps = 0
    const act = async step => {
      steps += 1
      await step()
    }
    const { tab, clock } = await open({ checkEvery: 5 * MINUTE }, { signedIn: true, act })
    const stepsIn = async ms => {
      steps = 0
      await clock.advance(ms)
      return steps
    }
    const seen = await stepsIn(5 * MINUTE)
    tab.hide()
    await clock.advance(MINUTE)
    assert.ok(seen >= 10)
    assert.ok((await stepsIn(3 * MINUTE)) < 5)
    tab.show()
    await clock.advance()
    assert.ok((await stepsIn(3 * MINUTE)) >= 6)
  })
})

describe('tabs', () => {
  test('share a session', async () => {
    const { session, openTab, clock, server } = await open()
    const other = await openTab()
    assert.equal(other.session.getSnapshot().status, 'authenticated')
    assert.equal(await other.session.getAccessToken(), await session.getAccessToken())

    await clock.advance(20 * MINUTE)
    other.activity()
    await clock.advance(10 * MINUTE)
    assert.equal(session.getSnapshot().prompting, false)
    assert.equal(await other.session.getAccessToken(), await session.getAccessToken())
    // One for both, each time.
    assert.equal(server.count('refresh'), 2)

    await other.session.logout()
    await clock.advance()
    const { status, endReason, endedBy } = session.getSnapshot()
    assert.deepEqual([status, endReason, endedBy], ['unauthenticated', 'logout', 'other-tab'])
  })

  test('hand tokens to each other that are stored nowhere', async () => {
    const { session, openTab, clock } = await open({ storage: 'memory' })
    const other = await openTab()
    await clock.advance(2_000)
    assert.equal(other.session.peekAccessToken(), session.peekAccessToken())
    assert.notEqual(session.peekAccessToken(), null)
  })

  test('wait for each other’s locks: with cookies one login is sent after the other', async () => {
    const { session, openTab, clock, server } = await open({ exchange: 'cookie' }, {})
    const other = await openTab()
    const held = server.hold('login')
    const logins = [session.login({}), other.session.login({})]
    await clock.advance()
    assert.equal(server.count('login'), 1)
    held.release()
    await Promise.all(logins)
    assert.equal(server.count('login'), 2)
  })

  test('are let go of: one that is closed while it refreshes leaves the turn to the next', async () => {
    const { session, tab, openTab, clock, server } = await open()
    const other = await openTab()
    server.once('refresh', () => new Promise(() => {}))
    const cutOff = assert.rejects(session.refresh(), { code: 'disposed' })
    await clock.advance()
    tab.close()
    await cutOff
    await other.session.refresh()
    assert.equal(server.count('refresh'), 2)
    assert.equal(clock.now(), NOON)
  })
})

describe('the server', () => {
  test('rotates tokens, and takes a refresh token that is used again for theft', async () => {
    const { server } = await open()
    const { refreshToken } = server.grant()
    const send = body => server.fetch('/refresh', { method: 'POST', body: JSON.stringify(body) })
    const first = await (await send({ refresh_token: refreshToken })).json()
    assert.equal(first.expires_in, 900)
    assert.equal((await send({ refresh_token: refreshToken })).status, 400)
    assert.equal((await send({ refresh_token: first.refresh_token })).status, 400)
  })

  test('says what a test wants it to say, once or always', async () => {
    const { session, server } = await open()
    server.on('/api/things', { body: ['a'] })
    server.once('/api/things', 500)
    server.on('POST /api/things', ({ body }) => ({ status: 201, body: { made: body } }))
    server.on('/files/*', { body: 'text', headers: { 'x-kind': 'file' } })
    const get = async (path, init) => {
      const response = await session.fetch(path, init)
      return [response.status, await response.text()]
    }
    assert.deepEqual(await get('/api/things'), [500, ''])
    assert.deepEqual(await get('/api/things?page=2'), [200, '["a"]'])
    assert.deepEqual(await get('/api/things', { method: 'POST', body: '{"name":"b"}' }), [
      201,
      '{"made":{"name":"b"}}',
    ])
    const form = { method: 'POST', body: new URLSearchParams({ name: 'c d' }) }
    assert.deepEqual(await get('/api/things', form), [201, '{"made":{"name":"c d"}}'])
    assert.deepEqual(await get('/files/1'), [200, 'text'])
    assert.equal((await session.fetch('/files/1')).headers.get('x-kind'), 'file')
    assert.deepEqual(await get('/elsewhere'), [404, ''])
    server.off('/api/things')
    assert.equal((await get('/api/things'))[0], 404)
    assert.equal(server.count('/api/things'), 5)
    assert.equal(server.count('POST /api/things'), 2)
    server.on('/api/once', new Response('again', { status: 202 }))
    assert.deepEqual(await get('/api/once'), [202, 'again'])
    assert.deepEqual(await get('/api/once'), [202, 'again'])
  })

  test('knows the tokens that it has granted', async () => {
    const { session, server, clock } = await open({ refreshEarly: 0 })
    server.on('/api/things', ({ isAuthorized }) => (isAuthorized ? 200 : 401))
    assert.equal((await session.fetch('/api/things')).status, 200)
    assert.equal((await server.fetch('/api/things')).status, 401)
    const token = session.peekAccessToken()
    await clock.advance(15 * MINUTE)
    const old = await server.fetch('/api/things', { headers: { authorization: `Bearer ${token}` } })
    assert.equal(old.status, 401)
  })

  test('has a 401 answered by one refresh and one retry', async () => {
    const { session, server } = await open()
    server.once('/api/things', 401)
    server.on('/api/things', { body: 'here' })
    const response = await session.fetch('/api/things')
    assert.equal(await response.text(), 'here')
    assert.deepEqual(
      server.requests.map(({ url, purpose }) => purpose ?? url.pathname),
      ['/api/things', 'refresh', '/api/things'],
    )
  })

  test('is out of reach, and back', async () => {
    const { session, server, clock } = await open()
    server.on('refresh', 'network-error')
    await assert.rejects(session.refresh(), RefreshUnavailableError)
    assert.equal(session.getSnapshot().error.code, 'network')
    await clock.advance(14 * MINUTE)
    assert.equal(session.getSnapshot().status, 'authenticated')
    server.off('refresh')
    await clock.advance(10 * MINUTE)
    assert.equal(session.getSnapshot().error, null)
  })

  test('refuses for good', async () => {
    const { session, server, clock } = await open()
    server.on('refresh', 'invalid_grant')
    await assert.rejects(session.refresh(), RefreshRejectedError)
    assert.equal(session.getSnapshot().status, 'authenticated')
    await clock.advance(15 * MINUTE)
    assert.equal(session.getSnapshot().endReason, 'refresh-rejected')
  })

  test('holds answers back until it is told', async () => {
    const { session, server, clock } = await open()
    const held = server.hold('/api/slow')
    server.on('/api/slow', 200)
    let status
    session.fetch('/api/slow').then(response => {
      status = response.status
    })
    await clock.advance(MINUTE)
    assert.equal(status, undefined)
    assert.equal(held.count, 1)
    held.release()
    await clock.advance()
    assert.equal(status, 200)
    assert.equal((await session.fetch('/api/slow')).status, 200)
  })

  test('takes its time', async () => {
    const { session, server, clock } = await open({ refreshTimeout: 3_000 })
    server.on('/api/slow', { delay: 2_000, status: 202 })
    const answer = session.fetch('/api/slow')
    await clock.advance(2_000)
    assert.equal((await answer).status, 202)

    server.on('refresh', { delay: 5_000 })
    const refused = assert.rejects(session.refresh(), RefreshUnavailableError)
    await clock.advance(3_000)
    await refused
  })

  test('hears a request cut off', async () => {
    const { session, server, clock } = await open()
    server.hold('/api/slow')
    const controller = new AbortController()
    const refused = assert.rejects(session.fetch('/api/slow', { signal: controller.signal }), {
      name: 'AbortError',
    })
    await clock.advance()
    controller.abort()
    await refused
  })

  test('is gone with the network', async () => {
    const { session, server, setOffline, clock } = await open()
    setOffline(true)
    assert.equal(session.getSnapshot().offline, true)
    await assert.rejects(session.fetch('/api/things'), TypeError)
    await clock.advance(11 * MINUTE)
    assert.equal(session.getSnapshot().status, 'authenticated')
    assert.equal(server.requests.length, 0)
    setOffline(false)
    await clock.advance()
    assert.equal(session.getSnapshot().offline, false)
    assert.equal(server.count('refresh'), 1)
  })

  test('has what a session wants that is set up otherwise', async () => {
    for (const options of [
      {
        exchange: 'oauth2',
        clientId: 'app',
        endpoints: { login: '/token', refresh: '/token', logout: '/revoke' },
      },
      { exchange: 'sliding' },
      { baseUrl: 'https://auth.example.com/v1', endpoints: { refresh: { url: 'renew', method: 'PUT' } } },
      { fields: { accessToken: 'jwt', refreshToken: 'renewal', expiresIn: 'ttl', user: 'who' } },
      { headers: { sendRefreshToken: 'x-refresh-token' } },
    ]) {
      const { session, server, clock } = await open(options, {})
      await session.login({ username: 'ada' })
      assert.equal(session.getSnapshot().user.id, 'user-1')
      await clock.advance(11 * MINUTE)
      assert.equal(server.count('refresh'), 1, JSON.stringify(options))
      assert.equal(session.getSnapshot().error, null, JSON.stringify(options))
      await session.logout()
      assert.deepEqual(
        server.requests.map(({ purpose }) => purpose),
        ['login', 'refresh', 'logout'],
      )
    }
  })

  test('keeps a session in cookies', async () => {
    const options = { exchange: 'cookie', endpoints: { tokenInfo: '/me' } }
    const { session, server, clock, openTab } = await open(options)
    assert.equal(session.getSnapshot().status, 'authenticated')
    server.on('/api/things', ({ isAuthorized }) => (isAuthorized ? 200 : 401))
    assert.equal((await session.fetch('/api/things')).status, 200)
    await clock.advance(11 * MINUTE)
    assert.equal(server.count('refresh'), 1)
    assert.equal((await openTab()).session.getSnapshot().status, 'authenticated')
    await session.logout()
    assert.equal((await server.fetch('/api/things')).status, 401)
  })

  test('has what fails in an answer reach the test runner', async () => {
    const script = `
      import { createTestSession } from 'session-warden/testing'
      const { session, server } = await createTestSession({}, { signedIn: true })
      process.on('unhandledRejection', error => process.stdout.write(error.message))
      server.on('/api/things', () => { throw new Error('not as expected') })
      await session.fetch('/api/things').catch(({ name }) => process.stdout.write(name + ': '))`
    assert.match(run(script), /^(TypeError: not as expected|not as expectedTypeError: )$/)
  })

  test('makes tokens for a test’s own use', async () => {
    const { session, server } = await open({}, {})
    const { user, ...tokens } = server.grant()
    await session.setTokens(tokens, { user })
    assert.equal(await session.getAccessToken(), tokens.accessToken)
    server.on('/api/things', () => ({ headers: { 'x-new-access-token': server.grant().accessToken } }))
    await session.fetch('/api/things')
    assert.notEqual(session.peekAccessToken(), tokens.accessToken)
    server.account = { user: { id: 'user-2' } }
    assert.equal((await session.login({})).user.id, 'user-2')
  })
})

describe('the real world', () => {
  test('is left alone: nothing is put into it, no timer is set, and no request sent', async () => {
    const before = Reflect.ownKeys(globalThis).length
    const real = { setTimeout, setInterval, setImmediate, fetch }
    const used = []
    for (const name of Object.keys(real)) globalThis[name] = () => used.push(name)
    try {
      const { session, clock, dispose } = await createTestSession({}, { signedIn: true })
      await clock.advance(29 * MINUTE)
      assert.equal(session.getSnapshot().prompting, true)
      dispose()
    } finally {
      Object.assign(globalThis, real)
    }
    assert.deepEqual(used, [])
    assert.equal(Reflect.ownKeys(globalThis).length, before)
  })

  test('can end the process: nothing is left behind', () => {
    const script = `
      import { createTestSession } from 'session-warden/testing'
      const { session, clock, server, openTab } = await createTestSession({}, { signedIn: true })
      server.hold('refresh')
      await openTab()
      await clock.advance(20 * 60_000)
      process.stdout.write(session.getSnapshot().status)`
    assert.equal(run(script), 'authenticated')
  })

  test('has no session in a tab that is closed', async () => {
    const { openTab } = await open()
    const tab = await openTab()
    tab.close()
    await assert.rejects(tab.reload(), { message: 'the tab is closed' })
    await assert.rejects(tab.session.getAccessToken(), { code: 'disposed' })
  })

  test('has nothing of a session that is disposed of', async () => {
    const { session, clock, server, dispose, tab } = await open()
    dispose()
    dispose()
    await clock.advance(60 * MINUTE)
    assert.equal(server.requests.length, 0)
    await assert.rejects(session.refresh(), { code: 'disposed' })
    assert.equal(tab.session, session)
  })

  test('has the same in CommonJS', async () => {
    const common = createRequire(import.meta.url)('session-warden/testing')
    const { session, clock, dispose } = await common.createTestSession({}, { signedIn: true })
    await clock.advance(29 * MINUTE)
    assert.equal(session.getSnapshot().prompting, true)
    dispose()
  })
})

describe('the other parts of the package', () => {
  test('axios sends to the server, refreshes and retries', async () => {
    const { session, server } = await open()
    const api = createApi(session, {
      adapter: 'fetch',
      baseURL: 'http://localhost/api',
      env: { fetch: server.fetch, Request: undefined, Response: undefined },
    })
    server.on('POST /api/things', ({ body }) => ({ body: { made: body } }))
    server.once('POST /api/things', 401)
    const { data } = await api.post('/things', { name: 'a' })
    assert.deepEqual(data, { made: { name: 'a' } })
    assert.equal(server.count('refresh'), 1)
    assert.equal(server.count('/api/things'), 2)
  })

  test('a store mirrors it', async () => {
    const { session, clock, openTab } = await open()
    const auth = createAuthSlice(session)
    const store = configureStore({
      reducer: { auth: auth.reducer },
      middleware: defaults => defaults().concat(auth.middleware),
    })
    const other = await openTab()
    await other.session.logout()
    await clock.advance()
    assert.equal(store.getState().auth.isAuthenticated, false)
  })

  test('what reckons with the time takes that of the session', async () => {
    const { session, clock, server } = await open()
    server.on('refresh', 503)
    const tokens = createTokenManager(session)
    assert.equal(tokens.isTokenExpired(), false)
    await clock.advance(16 * MINUTE)
    assert.equal(session.getSnapshot().status, 'authenticated')
    assert.equal(tokens.isTokenExpired(), true)
  })
})
