// Servers that want something else than tokens as JSON: what is sent to them, and what their answers mean.
import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { closePage, openPage } from './support/page.js'
import { importCopy } from './support/stub-package.js'

let page
let createSession
let sent

beforeEach(async () => {
  page = openPage('https://app.example/start')
  setCookies('')
  sent = []
  ;({ createSession } = await importCopy())
})

afterEach(closePage)

/** What the page reads of its cookies. */
const setCookies = cookie => Object.assign(document, { cookie })

/** A server that answers with each of `answers` in turn, then with nothing. Notes what it was sent. */
const server =
  (...answers) =>
  async (input, init) => {
    const request = new Request(new URL(input, 'https://app.example'), { ...init, duplex: 'half' })
    sent.push({
      url: request.url.replace('https://app.example', ''),
      method: request.method,
      headers: Object.fromEntries(request.headers),
      credentials: request.credentials,
      body: await request.text(),
    })
    return answers.shift() ?? new Response(null, { status: 204 })
  }

/** The core of a session with these options. What it sends goes through the wire. */
async function start(options, ...answers) {
  const session = createSession({ fetch: server(...answers), ...options })
  await session.ready
  const core = page.stage.cores.at(-1)
  return { session, core }
}

const json = (body, status = 200, headers = {}) => Response.json(body, { status, headers })

/** What the core asks for, as browser.js puts it. */
async function ask(core, purpose, body = {}, bearer = undefined) {
  const headers = { accept: 'application/json', 'content-type': 'application/json' }
  if (bearer !== undefined) headers.authorization = `Bearer ${bearer}`
  const { signal } = new AbortController()
  const init = { method: 'POST', headers, credentials: 'same-origin', signal, body: JSON.stringify(body) }
  const { status, isFinal, text } = await core.fetch(purpose, init)
  const answer = await text()
  return { status, isFinal, answer: answer.startsWith('{') ? JSON.parse(answer) : answer }
}

const form = text => Object.fromEntries(new URLSearchParams(text))

test('without an exchange of its own a session sends by itself', async () => {
  for (const options of [{}, { exchange: 'body' }, { exchange: 'sliding' }]) {
    const { core, session } = await start(options)
    assert.equal(core.fetch.name, '')
    assert.ok(core.values.includes('/refresh'))
    session.dispose()
  }
})

test('oauth2 refreshes with a form, and says who it is', async () => {
  const tokens = { access_token: 'a2', refresh_token: 'r2', expires_in: '900' }
  const { core } = await start(
    {
      exchange: 'oauth2',
      clientId: 'spa',
      baseUrl: 'https://app.example/oauth/',
      endpoints: { refresh: '/token' },
    },
    json(tokens),
  )
  const { status, answer } = await ask(core, 'refresh', { refresh_token: 'r1' })
  assert.deepEqual([status, answer], [200, tokens])
  const [{ url, method, headers, body }] = sent
  assert.deepEqual([method, url], ['POST', '/oauth/token'])
  assert.match(headers['content-type'], /^application\/x-www-form-urlencoded/)
  assert.equal(headers.authorization, undefined)
  assert.deepEqual(form(body), { grant_type: 'refresh_token', refresh_token: 'r1', client_id: 'spa' })
})

test('oauth2 signs in with the grant that the application names, else with a password', async () => {
  const { core } = await start({ exchange: 'oauth2', clientId: 'spa' })
  await ask(core, 'login', { username: 'ann', password: 'secret' })
  await ask(core, 'login', { grant_type: 'authorization_code', code: 'c', code_verifier: 'v' })
  assert.deepEqual(
    sent.map(({ body }) => form(body)),
    [
      { grant_type: 'password', username: 'ann', password: 'secret', client_id: 'spa' },
      { grant_type: 'authorization_code', code: 'c', code_verifier: 'v', client_id: 'spa' },
    ],
  )
})

test('oauth2 revokes the refresh token, else the access token (RFC 7009)', async () => {
  const { core } = await start({ exchange: 'oauth2' })
  await ask(core, 'logout', { refresh_token: 'r1' }, 'a1')
  await ask(core, 'logout', {}, 'a1')
  assert.deepEqual(
    sent.map(({ body }) => form(body)),
    [
      { token: 'r1', token_type_hint: 'refresh_token' },
      { token: 'a1', token_type_hint: 'access_token' },
    ],
  )
  assert.equal(sent[0].headers.authorization, undefined)
})

const COOKIES = {
  exchange: 'cookie',
  csrf: { cookie: 'csrf', header: 'x-csrf-token' },
  endpoints: { tokenInfo: '/token-info' },
}

test('with cookies no request bears a token, and unsafe ones bear what keeps other sites out', async () => {
  const { core } = await start(COOKIES, json({}, 401), json({ expires_in: 900 }))
  setCookies('other=1; csrf=a=b; more=2')
  sent = []
  await ask(core, 'refresh', { refresh_token: 'cookie' }, 'cookie:1')
  const [{ headers, body, credentials }] = sent
  assert.equal(headers.authorization, undefined)
  assert.equal(headers['x-csrf-token'], 'a=b')
  assert.equal(body, '{}')
  assert.equal(credentials, 'include')
})

test('without its cookie there is no CSRF header', async () => {
  const { core } = await start(COOKIES, json({}, 401))
  setCookies('csrfx=1')
  sent = []
  await ask(core, 'logout')
  assert.equal('x-csrf-token' in sent[0].headers, false)
})

test('a CSRF function is asked for each unsafe request, and told what it is for', async () => {
  const purposes = []
  const csrf = purpose => {
    purposes.push(purpose)
    return { 'x-guard': purpose }
  }
  const { core, session } = await start({ exchange: 'cookie', csrf })
  core.answers.token = () => Promise.reject({ code: 'signed-out' })
  await ask(core, 'refresh')
  await ask(core, 'logout')
  await ask(core, 'changePassword')
  await session.fetch('/a', { method: 'DELETE' })
  await session.fetch('/a')
  assert.deepEqual(purposes, ['refresh', 'logout', 'request', 'request'])
  assert.deepEqual(
    sent.map(({ headers }) => headers['x-guard']),
    [...purposes, undefined],
  )
})

test('a CSRF function that throws fails the request with its own error, and breaks no core', async () => {
  const mistake = new TypeError('no such form')
  const csrf = () => {
    throw mistake
  }
  const { core, session } = await start({ exchange: 'cookie', csrf })
  core.answers.token = () => Promise.reject({ code: 'signed-out' })
  await assert.rejects(session.fetch('/a', { method: 'DELETE' }), error => error === mistake)
  assert.equal(page.stage.cores.at(-1), core)
  assert.deepEqual(sent, [])
})

for (const [name, options] of [
  ['request', { exchange: { request: fail } }],
  ['answer', { exchange: { answer: fail } }],
  ['isFinal', { exchange: { isFinal: fail } }],
  ['csrf', { exchange: 'cookie', csrf: fail }],
]) {
  test(`what ${name} throws is reported, since the core takes it for a request that failed`, async context => {
    const heard = []
    globalThis.reportError = error => heard.push(error.message)
    context.after(() => delete globalThis.reportError)
    const { core } = await start(options, json({ access_token: 'a' }, name === 'isFinal' ? 404 : 200))
    await assert.rejects(ask(core, 'refresh'), /a slip/)
    assert.deepEqual(heard, ['a slip'])
  })
}

function fail() {
  throw new TypeError('a slip')
}

for (const name of ['access_token', 'accessToken', 'token']) {
  test(`an access token beside cookies is taken for one, called ${name}`, async () => {
    const { core } = await start(COOKIES, json({}, 401), json({ [name]: 'a1', expires_in: 900 }))
    const { answer } = await ask(core, 'refresh')
    assert.equal(answer.access_token, 'a1')
  })
}

test('an answer without tokens stands for new ones each time, and keeps its expiry and its user', async () => {
  const user = { id: 7, roles: ['sales'] }
  const { core } = await start(
    COOKIES,
    json({}, 401),
    json({ expires_in: 900, user }),
    json({ expires_in: 900 }),
  )
  const { answer: first } = await ask(core, 'login', { email: 'ann' })
  const { answer: second } = await ask(core, 'refresh')
  assert.deepEqual([first.expires_in, first.user], [900, user])
  assert.ok(first.refresh_token)
  assert.notEqual(first.access_token, second.access_token)
})

test('an access token that the server shows is used, beside a refresh token in a cookie', async () => {
  const { core, session } = await start(
    { exchange: 'cookie', storage: 'memory' },
    json({ access_token: 'seen', expires_in: 900 }),
  )
  const { answer } = await ask(core, 'refresh', { refresh_token: 'cookie:' })
  assert.equal(answer.access_token, 'seen')
  assert.equal(sent[0].body, '{}')
  core.answers.token = async () => ({ accessToken: 'seen', sid: 'sid', generation: 1 })
  core.tokenAtHand = 'seen'
  assert.equal(session.peekAccessToken(), 'seen')
  assert.equal(await session.getAccessToken(), 'seen')
  await session.fetch('/a')
  assert.equal(sent[1].headers.authorization, 'Bearer seen')
  assert.equal(sent[1].credentials, 'include')
})

test('where an answer does not tell the expiry, the server is asked for it', async () => {
  const { core } = await start(
    COOKIES,
    json({}, 401),
    new Response(null, { status: 204 }),
    json({ expires_in: 60, user: { id: 7 }, roles: ['admin'] }),
  )
  sent = []
  const { status, answer } = await ask(core, 'refresh')
  assert.deepEqual(
    sent.map(({ method, url }) => [method, url]),
    [
      ['POST', '/refresh'],
      ['GET', '/token-info'],
    ],
  )
  assert.equal(status, 204)
  assert.equal(answer.expires_in, 60)
  assert.deepEqual(answer.user, { roles: ['admin'], id: 7 })
})

test('the page of a captive portal is no answer, with cookies either', async () => {
  const { core } = await start(COOKIES, json({}, 401), new Response('<html>', { status: 200 }))
  assert.deepEqual(await ask(core, 'refresh'), { status: 200, isFinal: undefined, answer: '<html>' })
})

test('nobody is signed out who has signed in since', async () => {
  const { core } = await start(COOKIES, json({}, 401))
  sent = []
  core.become({ status: 'authenticated' })
  assert.equal((await ask(core, 'logout')).status, 204)
  assert.deepEqual(sent, [])
  core.become({ status: 'unauthenticated' })
  await ask(core, 'logout')
  assert.equal(sent.length, 1)
})

test('with cookies there is no token to hand out', async () => {
  const { core, session } = await start(COOKIES, json({}, 401))
  core.answers.token = async () => ({ accessToken: 'cookie:1', sid: 'sid', generation: 1 })
  core.tokenAtHand = 'cookie:1'
  assert.equal(session.peekAccessToken(), null)
  await assert.rejects(session.getAccessToken(), { name: 'CookieTransportError', code: 'cookie-transport' })
  core.answers.token = () => Promise.reject({ code: 'signed-out' })
  assert.equal(await session.getAccessToken(), null)
})

test('with cookies the page’s requests bring these along, and a 401 is still retried once', async () => {
  const { core, session } = await start(COOKIES, json({}, 401), json({}, 401), json({ ok: true }))
  setCookies('csrf=guard')
  core.answers.token = async () => ({ accessToken: 'cookie:1', sid: 'sid', generation: 1 })
  core.answers.retryToken = async () => ({ accessToken: 'cookie:2', sid: 'sid', generation: 2 })
  sent = []
  const response = await session.fetch('/leads', { method: 'POST', body: 'x' })
  assert.equal(response.status, 200)
  assert.equal(sent.length, 2)
  for (const { headers, credentials, body } of sent) {
    assert.equal(headers.authorization, undefined)
    assert.equal(headers['x-csrf-token'], 'guard')
    assert.equal(credentials, 'include')
    assert.equal(body, 'x')
  }
})

test('cookies go to the allowed origins only', async () => {
  const { session } = await start(COOKIES, json({}, 401))
  setCookies('csrf=guard')
  const seen = []
  const { session: other } = await start({
    ...COOKIES,
    name: 'other',
    fetch: async (input, init) => {
      seen.push([String(input), init])
      return json({}, 401)
    },
  })
  seen.length = 0
  await other.fetch('https://evil.example/', { method: 'POST' })
  const [[, init]] = seen
  assert.equal(init.credentials, undefined)
  assert.equal(new Headers(init.headers).has('x-csrf-token'), false)
  session.dispose()
})

test('a start without a stored session asks once who is signed in, and is loading until then', async () => {
  let answer
  const asked = new Promise(resolve => {
    answer = resolve
  })
  const session = createSession({ ...COOKIES, fetch: () => asked })
  page.stage.answers.signIn = () => page.stage.cores.at(-1).become({ status: 'authenticated' })
  await new Promise(resolve =>
    session.on('change', () => session.getSnapshot().status === 'loading' && resolve()),
  )
  assert.equal(session.getSnapshot().status, 'loading')
  answer(json({ user: { id: 7 }, expires_in: 60 }))
  assert.equal((await session.ready).status, 'authenticated')
  const [[, found]] = page.stage.cores.at(-1).calls.filter(([name]) => name === 'signIn')
  assert.deepEqual([found.user, found.expires_in], [{ id: 7 }, 60])
})

for (const [what, change] of [
  ['a session is stored', core => core.change({ status: 'authenticated' })],
  ['it ended', core => core.change({ status: 'unauthenticated', endReason: 'logout' })],
]) {
  test(`nobody is asked who is signed in where ${what}`, async () => {
    page.stage.answers = { ready: () => change(page.stage.cores.at(-1)) }
    await start(COOKIES)
    assert.deepEqual(sent, [])
  })
}

test('a server that does not know, or does not answer, leaves the user signed out', async () => {
  for (const fetch of [async () => json({}, 401), () => Promise.reject(new TypeError('offline'))]) {
    const session = createSession({ ...COOKIES, fetch })
    assert.equal((await session.ready).status, 'unauthenticated')
    session.dispose()
  }
})

test('the application’s functions say what is sent and what it means', async () => {
  const asked = []
  const exchange = {
    request(purpose, request) {
      asked.push([purpose, request.accessToken, request.refreshToken])
      if (purpose !== 'refresh') return undefined
      return { url: '/renew', method: 'PUT', headers: { 'x-key': 'k' }, body: { rt: request.refreshToken } }
    },
    answer: (purpose, { body, headers }) =>
      purpose === 'refresh'
        ? { accessToken: body.jwt, refreshToken: headers.get('x-rt'), expiresIn: 60 }
        : undefined,
    isFinal: (status, body) => (status === 404 ? true : body?.code === 'busy' ? false : undefined),
  }
  const { core } = await start(
    { exchange },
    json({ jwt: 'a2' }, 200, { 'x-rt': 'r2' }),
    json({ access_token: 'a' }),
    json({ code: 'gone' }, 404),
    json({ code: 'busy' }, 401),
    json({}, 401),
  )
  core.tokenAtHand = 'a1'
  const { answer } = await ask(core, 'refresh', { refresh_token: 'r1' })
  assert.deepEqual(answer, { accessToken: 'a2', refreshToken: 'r2', expiresIn: 60 })
  const [{ url, method, headers, body }] = sent
  assert.deepEqual([method, url, headers['x-key'], body], ['PUT', '/renew', 'k', '{"rt":"r1"}'])
  assert.deepEqual((await ask(core, 'login', { name: 'ann' })).answer, { access_token: 'a' })
  assert.equal(sent[1].body, '{"name":"ann"}')
  const finals = []
  for (let i = 0; i < 3; i++) finals.push((await ask(core, 'refresh', { refresh_token: 'r2' })).isFinal)
  assert.deepEqual(finals, [1, 0, undefined])
  assert.deepEqual(asked[0], ['refresh', 'a1', 'r1'])
})

test('the refresh token goes along in a header where that is configured, in no other request', async () => {
  const { core, session } = await start(
    {
      headers: { sendRefreshToken: 'x-refresh-token' },
      endpoints: { refresh: { url: '/me', method: 'GET' } },
    },
    json({ id: 7 }, 200, { 'x-new-access-token': 'a2', 'x-new-refresh-token': 'r2' }),
  )
  core.tokenAtHand = 'a1'
  core.answers.token = async () => ({ accessToken: 'a1', sid: 'sid', generation: 1 })
  const { answer } = await ask(core, 'refresh', { refresh_token: 'r1' })
  assert.deepEqual([answer.access_token, answer.refresh_token], ['a2', 'r2'])
  await session.fetch('/things')
  const [refresh, request] = sent
  assert.deepEqual([refresh.method, refresh.url, refresh.body], ['GET', '/me', ''])
  assert.equal(refresh.headers['x-refresh-token'], 'r1')
  assert.equal(refresh.headers.authorization, 'Bearer a1')
  assert.equal('x-refresh-token' in request.headers, false)
  assert.equal(request.headers.authorization, 'Bearer a1')
})

test('what an answer’s headers tell counts where its body is silent', async () => {
  const { core } = await start(
    { headers: { newRefreshToken: 'x-refresh-token' } },
    json({ token: 'a1' }, 200, { 'x-refresh-token': 'r1', 'x-token-expiry': '1900000000', 'x-user-id': '7' }),
  )
  const { answer } = await ask(core, 'login')
  assert.deepEqual(answer, { token: 'a1', refresh_token: 'r1', expires_at: '1900000000', user_id: '7' })
})

test('members of other names are found, in what is sent and in what is answered', async () => {
  const { core } = await start(
    { exchange: { isFinal: () => true }, fields: { accessToken: 'jwt', refreshToken: 'renewal' } },
    json({ jwt: 'a2', renewal: 'r2' }),
  )
  const { answer } = await ask(core, 'refresh', { refresh_token: 'r1' })
  assert.equal(sent[0].body, '{"renewal":"r1"}')
  assert.deepEqual([answer.access_token, answer.refresh_token], ['a2', 'r2'])
})

test('a login that the page sends itself is read as any other answer', async () => {
  const { core, session } = await start(COOKIES, json({}, 401), json({ user: { id: 7 }, expires_in: 900 }))
  await session.fetch('/login', { method: 'POST', body: '{}' })
  const [[, answer]] = core.calls.filter(([name]) => name === 'signIn')
  assert.deepEqual([answer.user, answer.expires_in], [{ id: 7 }, 900])
  assert.ok(answer.access_token)
})
