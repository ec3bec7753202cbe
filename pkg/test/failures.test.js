// Failures of other libraries that concern requests, in a browser, with the package as it is built.
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { openApiSite, sendJson } from './support/api-site.js'
import { launchBrowser } from './support/browser.js'
import { bundle, pageOf } from './support/bundle.js'

const PAGE = `
  import axios from 'axios'
  import { createSession, isSessionError } from 'session-warden'
  import { createApi } from 'session-warden/axios'
  Object.assign(globalThis, { axios, createApi, createSession, isSessionError })
`

let browser
let site
let elsewhere

before(async () => {
  site = await openApiSite({ '/': pageOf('/app.js'), '/app.js': await bundle(PAGE) })
  elsewhere = await openApiSite()
  browser = await launchBrowser()
})

after(async () => {
  await browser?.close()
  site?.close()
  elsewhere?.close()
})

beforeEach(() => {
  site.reset()
  elsewhere.reset()
})

/** A page with a signed-in session. */
async function open(context, options = {}) {
  const profile = await browser.newContext()
  context.after(() => profile.close())
  const page = await profile.newPage()
  await page.goto(site.href)
  await page.waitForFunction(() => globalThis.createSession)
  await page.evaluate(async options => {
    globalThis.session = createSession(options)
    globalThis.api = createApi(session)
    await session.login({ password: 'right' })
  }, options)
  return page
}

const TIMEOUTS = { refreshTimeout: 500, lockTimeout: 500 }
/** Nobody waits longer than both together and five seconds. */
const BOUND = 6_000

for (const [name, answer, code] of [
  ['is never answered', () => {}, 'refresh-unavailable'],
  ['is cut off', (_, response) => response.destroy(), 'refresh-unavailable'],
  ['fails', (_, response) => sendJson(response, 500, {}), 'refresh-unavailable'],
  ['is answered by a stranger', (_, response) => response.end('<html>'), 'refresh-unavailable'],
  ['is refused', (_, response) => sendJson(response, 401, { error: 'invalid_grant' }), 'none'],
]) {
  test(`failure 26: of hundreds of callers each is told in time when the refresh ${name}`, async context => {
    const page = await open(context, { ...TIMEOUTS, logLevel: 'silent' })
    site.answers['/refresh'] = answer
    const { elapsed, tokens, requests } = await page.evaluate(async () => {
      // Due at once: this begins the refresh.
      await session.setTokens({ accessToken: 'old', refreshToken: 'more', expiresAt: 1 })
      const start = performance.now()
      const codeOf = promise =>
        promise.then(
          result => (result === null ? 'none' : (result.status ?? 'token')),
          error => error.code ?? error.message,
        )
      const many = ask => Array.from({ length: 200 }, (_, n) => codeOf(ask(n)))
      const tokens = many(() => session.getAccessToken())
      const requests = [
        ...many(n => session.fetch(`/api/things/${n}`)),
        ...many(n => api.get(`/api/things/${n}`, { validateStatus: null })),
      ]
      const settled = [await Promise.all(tokens), await Promise.all(requests)]
      return {
        elapsed: performance.now() - start,
        tokens: [...new Set(settled[0])],
        requests: [...new Set(settled[1])],
      }
    })
    assert.ok(elapsed < BOUND, `${elapsed} ms`)
    assert.deepEqual(tokens, [code])
    // Signed out, requests go without a token.
    assert.deepEqual(requests, [code === 'none' ? 401 : code])
  })
}

test('failure 26: while a token is good nobody waits for an early refresh, and the next starts anew', async context => {
  const page = await open(context, TIMEOUTS)
  site.held = true
  const early = await page.evaluate(async () => {
    globalThis.refreshing = session.refresh().catch(({ code }) => code)
    const requests = [1, 2, 3, 4, 5].map(n => session.fetch(`/api/things/${n}`))
    return (await Promise.all(requests)).map(({ status }) => status)
  })
  assert.deepEqual(early, Array(5).fill(200))
  assert.equal(await page.evaluate(() => refreshing), 'refresh-unavailable')

  site.held = false
  const status = await page.evaluate(async () => {
    await session.refresh()
    return (await session.fetch('/api/things')).status
  })
  assert.equal(status, 200)
  assert.equal(site.refreshes, 2)
})

test('failure 38: twenty 401s make one refresh, and one retry each', async context => {
  const page = await open(context)
  site.expire()
  const statuses = await page.evaluate(async () => {
    const requests = Array.from({ length: 20 }, (_, n) => session.fetch(`/api/things/${n}`))
    return (await Promise.all(requests)).map(({ status }) => status)
  })
  assert.deepEqual(statuses, Array(20).fill(200))
  assert.equal(site.refreshes, 1)
  assert.equal(site.sent.length, 40)
})

test('failure 38: a 401 that no new token helps makes no second refresh', async context => {
  const page = await open(context)
  site.answers['/api/never'] = (_, response) => sendJson(response, 401, {})
  const results = await page.evaluate(async () => {
    const attempt = async () => (await session.fetch('/api/never')).status
    const first = await attempt()
    const many = await Promise.all(Array.from({ length: 20 }, attempt))
    return [first, ...many, await attempt(), session.getSnapshot().status]
  })
  assert.deepEqual(results, [...Array(22).fill(401), 'authenticated'])
  assert.equal(site.refreshes, 1)
  assert.ok(site.sent.length <= 44, `${site.sent.length} requests`)
})

test('failure 39: a wrong password is the caller’s alone', async context => {
  const page = await open(context)
  const before = await page.evaluate(() => session.getAccessToken())
  const wrong = () =>
    page.evaluate(async () => {
      const body = JSON.stringify({ password: 'wrong' })
      return (await session.fetch('/login', { method: 'POST', body })).status
    })
  assert.equal(await wrong(), 401)
  assert.equal(await page.evaluate(() => session.getAccessToken()), before)
  await page.evaluate(() => session.logout())
  assert.equal(await wrong(), 401)
  assert.equal(site.refreshes, 0)
})

for (const status of [200, 401]) {
  test(`failure 39: a refresh by the session’s own fetch, answered with ${status}, does not wait for itself`, async context => {
    const page = await open(context)
    site.refreshes = 0
    if (status !== 200) site.answers['/refresh'] = (_, response) => sendJson(response, status, {})
    const token = await page.evaluate(async () => {
      const own = createSession({
        name: 'own',
        logLevel: 'silent',
        fetch: async (input, init) => {
          await null
          return String(input).endsWith('/refresh') && !init.isInner
            ? own.fetch(input, { ...init, isInner: true })
            : fetch(input, init)
        },
      })
      await own.setTokens({ accessToken: 'old', refreshToken: 'more', expiresAt: 1 })
      return own.getAccessToken()
    })
    assert.equal(site.refreshes, 1)
    assert.equal(token !== null, status === 200)
  })
}

/** What the server was sent, as far as it must be the same each time. */
const content = ({ method, url, headers, body }) => {
  const boundary = /boundary=(.*)/.exec(headers['content-type'])?.[1]
  const withoutBoundary = text => (boundary === undefined ? text : text.replaceAll(boundary, 'BOUNDARY'))
  return {
    method,
    path: url.replace(/^\/(api|open)/, ''),
    type: withoutBoundary(headers['content-type'] ?? 'none'),
    own: headers['x-own'],
    body: withoutBoundary(body.toString('latin1')),
  }
}

for (const [name, init] of [
  ['nothing', () => ({ headers: { 'x-own': 'kept' } })],
  ['JSON', () => ({ method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"a":"ü"}' })],
  ['a string', () => ({ method: 'PUT', body: 'text ü' })],
  ['URLSearchParams', () => ({ method: 'POST', body: new URLSearchParams({ a: 'ü&' }) })],
  ['a Blob', () => ({ method: 'POST', body: new Blob([Uint8Array.of(0, 255)], { type: 'x/y' }) })],
  ['bytes', () => ({ method: 'PATCH', body: Uint8Array.of(0, 255, 10) })],
  [
    'a form with a file',
    () => {
      const body = new FormData()
      body.append('field', 'ü')
      body.append('file', new File([Uint8Array.of(0, 255)], 'näme.bin', { type: 'x/y' }))
      return { method: 'POST', body }
    },
  ],
]) {
  for (const how of ['', ' in a Request']) {
    test(`failure 40: ${name}${how} arrives as with fetch, and in the retry as well`, async context => {
      const page = await open(context)
      site.expire()
      await page.evaluate(
        `(async init => {
          const args = path => ${how === '' ? '[path, init()]' : '[new Request(path, init())]'}
          await fetch(...args('/open/things'))
          await session.fetch(...args('/api/things'))
        })(${init})`,
      )
      const [plain, first, second] = site.sent.map(content)
      assert.equal(site.sent.length, 3)
      assert.deepEqual(first, plain)
      assert.deepEqual(second, plain)
    })
  }
}

test('failure 42: no token goes to another origin, however it is named or reached', async context => {
  const page = await open(context)
  const { host } = new URL(elsewhere.href)
  elsewhere.answers['/open/evil'] = ({ headers }, response) => {
    response.writeHead(401, {
      'access-control-allow-origin': headers.origin ?? '*',
      'access-control-allow-headers': 'authorization',
      'access-control-expose-headers': '*',
      'x-new-access-token': 'evil',
    })
    response.end()
  }
  site.answers['/api/away'] = (_, response) =>
    response.writeHead(302, { location: `${elsewhere.href}/open/evil` }).end()
  const { host: own } = new URL(site.href)
  for (const url of [
    `${elsewhere.href}/open/evil`,
    `//${host}/open/evil`,
    `\\\\${host}\\open\\evil`,
    `HTTP://${host}/open/evil`,
    `/api/away`,
  ])
    await page.evaluate(async url => {
      await session.fetch(url).catch(() => {})
      await session.fetch(new Request(url)).catch(() => {})
      await api.get(url).catch(() => {})
    }, url)
  // What cannot be reached from here is not sent at all.
  await page.evaluate(
    async ([own, host]) => {
      await session.fetch(`http://${own}@${host}/open/evil`).catch(() => {})
      await api.get(`http://${own}@${host}/open/evil`).catch(() => {})
      const base = document.createElement('base')
      base.href = `http://${host}/open/`
      document.head.append(base)
      await session.fetch('evil').catch(() => {})
      await api.get('evil').catch(() => {})
      base.remove()
    },
    [own, host],
  )
  assert.ok(elsewhere.sent.length >= 17, `${elsewhere.sent.length} requests`)
  for (const { headers, method } of elsewhere.sent) {
    assert.equal(headers.authorization, undefined, method)
  }
  assert.equal(site.refreshes, 0)
  assert.notEqual(await page.evaluate(() => session.getAccessToken()), 'evil')
})

test('failure 42: through a whole life no token is in the console, in an event or in an error', async context => {
  const profile = await browser.newContext()
  context.after(() => profile.close())
  const page = await profile.newPage()
  const said = []
  page.on('console', message => said.push(message.text()))
  page.on('pageerror', error => said.push(`${error.stack}`))
  await page.goto(site.href)
  await page.waitForFunction(() => globalThis.createSession)
  const told = await page.evaluate(async () => {
    const told = []
    const text = value =>
      value instanceof Error
        ? `${value} ${value.stack} ${JSON.stringify(value)} ${text(value.cause)}`
        : `${JSON.stringify(value)}`
    const session = createSession({ logLevel: 'debug', refreshTimeout: 500 })
    for (const event of [
      'login',
      'refresh',
      'refresh-failed',
      'refresh-rejected',
      'end',
      'user-changed',
      'degraded',
      'change',
    ])
      session.on(event, payload => told.push(`${event} ${text(payload)} ${text(payload.error)}`))
    const attempt = promise => promise.then(text, text).then(line => told.push(line))
    const api = createApi(session)
    const lose = () => session.setTokens({ accessToken: 'access-0', refreshToken: 'refresh-0', expiresAt: 1 })
    await attempt(session.login({ password: 'wrong' }))
    await attempt(session.login({ password: 'right' }))
    await attempt(session.refresh())
    await attempt(api.get('/api/things').then(({ config, headers }) => ({ config, headers })))
    await attempt(api.get('/api/fails'))
    await attempt(api.get('/api/never'))
    await attempt(session.setTokens({ accessToken: '', refreshToken: 'refresh-0' }))
    globalThis.session = session
    globalThis.attempt = attempt
    globalThis.lose = lose
    globalThis.told = told
    return told
  })
  assert.ok(told.length > 7)
  site.answers['/refresh'] = (_, response) => sendJson(response, 500, { echo: 'refresh-0' })
  await page.evaluate(async () => {
    await attempt(lose())
    await attempt(session.getAccessToken())
    await attempt(session.fetch('/api/things'))
  })
  site.answers['/refresh'] = (_, response) => sendJson(response, 401, { error: 'refresh-0' })
  const all = await page.evaluate(async () => {
    await attempt(session.login({ password: 'right' }))
    await attempt(session.refresh())
    await attempt(session.logout())
    return told
  })
  for (const part of [
    'HttpError',
    'BadAnswerError',
    'RefreshUnavailableError',
    'RefreshRejectedError',
    'end {',
  ])
    assert.ok(
      all.some(line => line.includes(part)),
      part,
    )
  assert.ok(said.length > 0)
  for (const line of [...all, ...said]) assert.doesNotMatch(line, /(access|refresh)-\d/)
})

test('failure 47: an opaque token has no claims, and is renewed by what the answer says of its life', async context => {
  const page = await open(context)
  const { claims, user, expiresAt, refreshAt } = await page.evaluate(() => session.getSnapshot())
  assert.deepEqual({ claims, user }, { claims: null, user: { id: '7' } })
  const now = Date.now()
  assert.ok(expiresAt > now && expiresAt <= now + 900_000)
  assert.ok(refreshAt > now && refreshAt < expiresAt)
})
