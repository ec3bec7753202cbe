import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { closePage, openPage } from './support/page.js'
import { importCopy, importPart } from './support/stub-package.js'
import { tokenOf } from './support/token.js'

const { ApiClient, createApiClient, createAuthService, createTokenManager, TokenManager } =
  await importPart('compat')

const MINUTE = 60_000
const NOW = 1_800_000_000_000
const EXPIRY = NOW + 60 * MINUTE

const SIGNED_IN = {
  status: 'authenticated',
  user: { id: '7', email: 'ada@example.com' },
  claims: { sub: '7' },
  expiresAt: EXPIRY,
  refreshAt: EXPIRY - 5 * MINUTE,
}
const RESPONSE = {
  access_token: tokenOf(SIGNED_IN.claims),
  refresh_token: '',
  user_id: '7',
  expires_in: 3_600,
}

let page
let createSession
let sent

beforeEach(async () => {
  page = openPage()
  sent = []
  ;({ createSession } = await importCopy())
})

afterEach(closePage)

/** A session in `state`, whose server gives `answers` in turn. The clock stands at `NOW`. */
async function start(context, { state = SIGNED_IN, answers = [] } = {}) {
  context.mock.timers.enable({ apis: ['Date'], now: NOW })
  if (state.status === 'authenticated')
    page.stage.answers = { token: () => ({ accessToken: 'good', sid: 'sid', generation: 1 }) }
  const send = async (url, { method, headers, body }) => {
    sent.push({ url, method, headers: Object.fromEntries(headers), body })
    return answers.shift() ?? Response.json({})
  }
  const session = createSession({ fetch: send, origins: ['https://app.example', 'https://api.example'] })
  await session.ready
  const core = page.stage.cores.at(-1)
  core.become(state)
  return { session, core, goTo: instant => context.mock.timers.setTime(instant) }
}

const asked = (core, name) => core.calls.filter(([called]) => called === name)

test('a login sends e-mail and password, and answers with the tokens but for the refresh token', async context => {
  const { session, core } = await start(context, { state: { status: 'unauthenticated' } })
  core.answers.authenticate = () => core.become(SIGNED_IN)
  const answer = await createTokenManager(session).login('ada@example.com', 'secret')
  assert.deepEqual(asked(core, 'authenticate'), [
    ['authenticate', 'login', { email: 'ada@example.com', password: 'secret' }, true],
  ])
  assert.deepEqual(answer, RESPONSE)
})

test('a login that is refused rejects with what the server said', async context => {
  const { session, core } = await start(context, { state: { status: 'unauthenticated' } })
  core.answers.authenticate = () => Promise.reject({ code: 'server', status: 401 })
  await assert.rejects(new TokenManager(session).login('ada@example.com', 'wrong'), {
    code: 'http',
    status: 401,
  })
})

test('refreshTokens joins the session’s refresh and answers with the new tokens', async context => {
  const { session, core } = await start(context)
  const renewed = { sub: '7', renewed: true }
  core.answers.refresh = () => core.become({ claims: renewed, expiresAt: NOW + 30 * MINUTE })
  const answer = await createTokenManager(session).refreshTokens()
  assert.equal(asked(core, 'refresh').length, 1)
  assert.deepEqual(answer, { ...RESPONSE, access_token: tokenOf(renewed), expires_in: 1_800 })
})

test('what is not known of the tokens is empty, or 0', async context => {
  const { session, core } = await start(context)
  core.answers.refresh = () => core.become({ claims: 'opaque', user: null, expiresAt: null })
  const { user_id, expires_in } = await createTokenManager(session).refreshTokens()
  assert.deepEqual({ user_id, expires_in }, { user_id: '', expires_in: 0 })
})

test('the user is whom the server named, where the token does not say', async context => {
  const { session, core } = await start(context)
  core.answers.refresh = () => core.become({ claims: 'opaque', user: { id: 9 } })
  assert.equal((await createTokenManager(session).refreshTokens()).user_id, '9')
})

test('setTokens takes up all that it is given', async context => {
  const { session, core } = await start(context)
  await createTokenManager(session).setTokens({ ...RESPONSE, refresh_token: 'next' })
  const taken = {
    accessToken: RESPONSE.access_token,
    refreshToken: 'next',
    expiresIn: 3_600,
    user_id: '7',
  }
  assert.deepEqual(asked(core, 'setTokens'), [['setTokens', taken, undefined, true]])
})

test('the token at hand is the session’s', async context => {
  const { session, core } = await start(context)
  const tokens = createTokenManager(session)
  assert.equal(tokens.getAccessToken(), RESPONSE.access_token)
  core.become({ status: 'unauthenticated' })
  core.tokenAtHand = undefined
  assert.equal(tokens.getAccessToken(), null)
})

test('a token is expired once its time is over', async context => {
  const { session, goTo } = await start(context)
  const tokens = createTokenManager(session)
  goTo(EXPIRY)
  assert.equal(tokens.isTokenExpired(), false)
  goTo(EXPIRY + 1)
  assert.equal(tokens.isTokenExpired(), true)
})

test('a token is to be refreshed five minutes before, or as many as are asked for', async context => {
  const { session, goTo } = await start(context)
  const tokens = createTokenManager(session)
  goTo(EXPIRY - 5 * MINUTE)
  assert.equal(tokens.shouldRefreshToken(), false)
  assert.equal(tokens.shouldRefreshToken(6), true)
  goTo(EXPIRY - 5 * MINUTE + 1)
  assert.equal(tokens.shouldRefreshToken(), true)
  assert.equal(tokens.shouldRefreshToken(4), false)
})

test('without a token there is nothing that is still good; without an expiry nobody knows', async context => {
  const { session, core } = await start(context)
  const tokens = createTokenManager(session)
  const looks = () => [tokens.isTokenExpired(), tokens.shouldRefreshToken()]
  core.become({ expiresAt: null })
  assert.deepEqual(looks(), [false, false])
  core.become({ status: 'unauthenticated', expiresAt: null })
  assert.deepEqual(looks(), [true, true])
})

test('clearTokens signs out', async context => {
  const { session, core } = await start(context)
  await createTokenManager(session).clearTokens()
  assert.deepEqual(asked(core, 'logout'), [['logout', false]])
})

for (const [name, call, method, body] of [
  ['get', api => api.get('/things'), 'GET', undefined],
  ['post', api => api.post('/things', { a: [1] }), 'POST', '{"a":[1]}'],
  ['put', api => api.put('/things', 'text'), 'PUT', '"text"'],
  ['delete', api => api.delete('/things'), 'DELETE', undefined],
  ['post without data', api => api.post('/things'), 'POST', undefined],
]) {
  test(`${name} sends what it is given and returns what the answer holds`, async context => {
    const { session } = await start(context, { answers: [Response.json({ items: [1] })] })
    const api = createApiClient('https://api.example/v1', session)
    assert.deepEqual(await call(api), { items: [1] })
    const type = body === undefined ? {} : { 'content-type': 'application/json' }
    assert.deepEqual(sent, [
      {
        url: 'https://api.example/v1/things',
        method,
        headers: { accept: 'application/json', authorization: 'Bearer good', ...type },
        body,
      },
    ])
  })
}

test('a client takes a token manager as well', async context => {
  const { session } = await start(context)
  await new ApiClient('/v1', new TokenManager(session)).get('/things')
  assert.equal(sent[0].headers.authorization, 'Bearer good')
})

test('a request keeps the headers of the caller', async context => {
  const { session } = await start(context)
  const headers = new Headers({ 'Content-Type': 'text/csv', accept: 'text/*', 'x-extra': '1' })
  await createApiClient('', session).request('/things', { method: 'POST', headers, body: 'a;b' })
  assert.deepEqual(sent[0].headers, {
    accept: 'text/*',
    authorization: 'Bearer good',
    'content-type': 'text/csv',
    'x-extra': '1',
  })
})

test('a form keeps the type that the browser gives it', async context => {
  const { session } = await start(context)
  const send = context.mock.method(session, 'fetch', async () => Response.json({}))
  await createApiClient('', session).request('/things', { method: 'POST', body: new FormData() })
  assert.equal(send.mock.calls[0].arguments[1].headers.has('content-type'), false)
})

test('an empty answer is undefined', async context => {
  const { session } = await start(context, { answers: [new Response(null, { status: 204 })] })
  assert.equal(await createApiClient('', session).delete('/things/1'), undefined)
})

test('a status that is no success is an error with the server’s code', async context => {
  const answers = [
    Response.json({ error: 'email_taken' }, { status: 409 }),
    new Response('<h1>Bad gateway</h1>', { status: 502 }),
    Response.json(null, { status: 403 }),
    Response.json({ error: { code: 'full' } }, { status: 507 }),
  ]
  const { session } = await start(context, { answers })
  const api = createApiClient('', session)
  const error = { name: 'HttpError', code: 'http' }
  await assert.rejects(api.get('/a'), { ...error, status: 409, serverCode: 'email_taken' })
  await assert.rejects(api.get('/a'), { ...error, status: 502, serverCode: null })
  await assert.rejects(api.get('/a'), { ...error, status: 403, serverCode: null })
  await assert.rejects(api.get('/a'), { ...error, status: 507, serverCode: null })
})

test('an answer that is no JSON is an error', async context => {
  const { session } = await start(context, { answers: [new Response('<h1>Welcome</h1>')] })
  await assert.rejects(createApiClient('', session).get('/things'), { code: 'bad-answer' })
})

test('while nobody is signed in nothing is sent', async context => {
  const { session } = await start(context, { state: { status: 'unauthenticated' } })
  await assert.rejects(createApiClient('', session).get('/things'), { code: 'signed-out' })
  assert.deepEqual(sent, [])
})

test('a client waits until it is known who is signed in', async context => {
  const { session, core } = await start(context)
  core.become({ status: 'unauthenticated' })
  const late = createApiClient('', {
    ...session,
    ready: Promise.resolve().then(() => core.become(SIGNED_IN)),
  })
  assert.deepEqual(await late.get('/things'), {})
})

test('a refresh is needed when the session’s is due', async context => {
  const { session, core, goTo } = await start(context)
  const service = createAuthService(session)
  goTo(SIGNED_IN.refreshAt - 1)
  assert.equal(service.needsTokenRefresh(), false)
  goTo(SIGNED_IN.refreshAt)
  assert.equal(service.needsTokenRefresh(), true)
  core.become({ refreshAt: null })
  assert.equal(service.needsTokenRefresh(), false)
})

test('refreshToken refreshes the session, and getCurrentUser is its user', async context => {
  const { session, core } = await start(context)
  const service = createAuthService(session)
  assert.equal(await service.refreshToken(), session.getSnapshot())
  assert.equal(asked(core, 'refresh').length, 1)
  assert.equal(service.getCurrentUser(), session.getSnapshot().user)
})

test('errors are of the classes that the package exports', async context => {
  const { HttpError } = await importPart('index')
  const { session } = await start(context, { answers: [new Response(null, { status: 500 })] })
  await assert.rejects(createApiClient('', session).get('/things'), HttpError)
})
