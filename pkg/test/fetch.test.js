import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { closePage, openPage, settled } from './support/page.js'
import { importCopy } from './support/stub-package.js'

let page
let createSession
let sent

beforeEach(async () => {
  page = openPage('https://app.example/shop/start')
  sent = []
  ;({ createSession } = await importCopy())
})

afterEach(closePage)

/** A server that answers with each status in turn, then 200. Notes what it was sent. */
function server(...statuses) {
  return async (input, init) => {
    const request = new Request(input, init)
    sent.push({
      url: request.url,
      method: request.method,
      authorization: request.headers.get('authorization'),
      type: request.headers.get('content-type'),
      extra: request.headers.get('x-extra'),
      body: await request.text(),
    })
    return new Response('answer', { status: statuses.shift() ?? 200 })
  }
}

/** A signed-in session that sends through `send`. */
async function start(send, options) {
  let generation = 1
  const token = () => ({ accessToken: `token-${generation}`, sid: 'sid', generation })
  page.stage.answers = {
    token: async () => token(),
    retryToken: async () => {
      generation += 1
      return token()
    },
  }
  const session = createSession({ fetch: send, ...options })
  await session.ready
  return { session, core: page.stage.cores.at(-1) }
}

const authorizations = () => sent.map(({ authorization }) => authorization)
const retries = core => core.calls.filter(([name]) => name === 'retryToken')

test('the token goes along to the page’s own origin', async () => {
  const { session } = await start(server())
  await session.fetch('/things')
  await session.fetch('things?x=1')
  await session.fetch(new URL('https://APP.example/a'))
  await session.fetch(new Request('https://app.example/b'))
  assert.deepEqual(
    sent.map(({ url }) => url),
    [
      'https://app.example/things',
      'https://app.example/shop/things?x=1',
      'https://app.example/a',
      'https://app.example/b',
    ],
  )
  assert.deepEqual(authorizations(), Array(4).fill('Bearer token-1'))
})

for (const url of [
  'https://evil.example/',
  '//evil.example/things',
  '\\\\evil.example/things',
  'https://app.example.evil.example/',
  'https://app.example@evil.example/',
  'http://app.example/things',
  'https://app.example:8443/things',
  'https://sub.app.example/',
]) {
  test(`failure 42: no token goes to ${url}`, async () => {
    const { session, core } = await start(async input => {
      sent.push(input)
      return new Response('', { status: 401 })
    })
    const response = await session.fetch(url, { headers: { 'x-extra': '1' } })
    assert.equal(response.status, 401)
    assert.deepEqual(sent, [new URL(url, document.baseURI).href])
    assert.deepEqual(retries(core), [])
    assert.equal(
      core.calls.some(([name]) => name === 'token'),
      false,
    )
  })
}

test('failure 42: a base element that points elsewhere takes the token nowhere', async () => {
  const { session } = await start(server())
  document.baseURI = 'https://evil.example/'
  await session.fetch('things')
  assert.equal(sent[0].url, 'https://evil.example/things')
  assert.deepEqual(authorizations(), [null])
})

test('failure 42: opaque origins are not taken for the page’s own', async () => {
  closePage()
  page = openPage('file:///home/ada/page.html')
  location.origin = 'null'
  const { session } = await start(server())
  await session.fetch('data:text/plain,hello')
  assert.deepEqual(authorizations(), [null])
})

test('origins says where else, and then only there', async () => {
  const { session } = await start(server(), {
    origins: ['https://API.example:443/ignored', 'http://localhost:8080'],
  })
  await session.fetch('https://api.example/a')
  await session.fetch('http://localhost:8080/b')
  await session.fetch('/own')
  assert.deepEqual(authorizations(), ['Bearer token-1', 'Bearer token-1', null])
})

test('the caller’s own Authorization is left alone', async () => {
  const { session, core } = await start(server(401, 401))
  const own = { Authorization: 'Basic abc' }
  assert.equal((await session.fetch('/a', { headers: own })).status, 401)
  assert.equal((await session.fetch(new Request('https://app.example/b', { headers: own }))).status, 401)
  assert.deepEqual(authorizations(), ['Basic abc', 'Basic abc'])
  assert.deepEqual(retries(core), [])
})

test('method, headers and body arrive as with fetch', async () => {
  const { session } = await start(server())
  await session.fetch('/a', { method: 'POST', body: '{"a":1}', headers: [['x-extra', 'yes']] })
  await session.fetch('/b', { method: 'PUT', body: new URLSearchParams({ a: '1' }) })
  const [first, second] = sent
  assert.deepEqual([first.method, first.body, first.extra], ['POST', '{"a":1}', 'yes'])
  assert.deepEqual([second.method, second.body], ['PUT', 'a=1'])
  assert.match(second.type, /x-www-form-urlencoded/)
})

test('the caller’s init and request are not changed', async () => {
  const { session } = await start(server())
  const init = { headers: { 'x-extra': '1' } }
  const headers = new Headers()
  const request = new Request('https://app.example/b')
  await session.fetch('/a', init)
  await session.fetch('/a', { headers })
  await session.fetch(request)
  assert.deepEqual(init, { headers: { 'x-extra': '1' } })
  assert.equal(headers.has('authorization'), false)
  assert.equal(request.headers.has('authorization'), false)
})

test('a 401 is answered with one refresh and one retry', async () => {
  const { session, core } = await start(server(401))
  const response = await session.fetch('/a', { method: 'POST', body: 'text' })
  assert.equal(response.status, 200)
  assert.deepEqual(authorizations(), ['Bearer token-1', 'Bearer token-2'])
  assert.deepEqual(
    sent.map(({ body }) => body),
    ['text', 'text'],
  )
  assert.deepEqual(retries(core), [['retryToken', 'sid', 1]])
})

test('failure 38: a second 401 is the caller’s', async () => {
  const { session, core } = await start(server(401, 401))
  const response = await session.fetch('/a')
  assert.equal(response.status, 401)
  assert.equal(await response.text(), 'answer')
  assert.equal(sent.length, 2)
  assert.equal(retries(core).length, 1)
})

for (const status of [403, 404, 500]) {
  test(`${status} is not retried`, async () => {
    const { session } = await start(server(status))
    assert.equal((await session.fetch('/a')).status, status)
    assert.equal(sent.length, 1)
  })
}

test('failure 40: every kind of body is there for the retry', async () => {
  const bytes = new TextEncoder().encode('bytes')
  const form = new FormData()
  form.set('field', 'form')
  for (const [init, expected] of [
    [{ body: bytes }, /^bytes$/],
    [{ body: new Blob(['blob']) }, /^blob$/],
    [{ body: form }, /form/],
  ]) {
    sent.length = 0
    const { session } = await start(server(401))
    assert.equal((await session.fetch('/a', { method: 'POST', ...init })).status, 200)
    assert.equal(sent.length, 2)
    for (const { body } of sent) assert.match(body, expected)
    session.dispose()
  }
})

test('failure 40: a stream is sent once, after a fresh look at the expiry, and its 401 is a clear error', async () => {
  const { session, core } = await start(server(401))
  await session.getAccessToken()
  const looks = core.calls.filter(([name]) => name === 'token').length
  const body = new Blob(['stream']).stream()
  const done = session.fetch('/a', { method: 'POST', body, duplex: 'half' })
  await assert.rejects(done, { name: 'NotReplayableError', code: 'not-replayable' })
  assert.deepEqual(
    sent.map(({ body }) => body),
    ['stream'],
  )
  assert.equal(core.calls.filter(([name]) => name === 'token').length, looks + 1)
  // The next try has a new token.
  assert.equal(retries(core).length, 1)
})

test('a stream that is not refused arrives like any other body', async () => {
  const { session } = await start(server())
  const body = new Blob(['stream']).stream()
  assert.equal((await session.fetch('/a', { method: 'POST', body, duplex: 'half' })).status, 200)
  assert.equal(sent[0].body, 'stream')
})

test('new tokens in the headers of any answer are taken up against the generation that was sent', async () => {
  const headers = {
    'x-new-access-token': 'next',
    'x-new-refresh-token': 'more',
    'x-token-expiry': '1900000000',
    'x-user-id': '7',
  }
  const { session, core } = await start(async () => new Response('', { headers }))
  await session.fetch('/a')
  const tokens = { access_token: 'next', refresh_token: 'more', expires_at: '1900000000', user_id: '7' }
  assert.deepEqual(
    core.calls.filter(([name]) => name === 'rotate'),
    [['rotate', tokens, 'sid', 1]],
  )
})

test('an empty header says nothing, and one under another name only where that is configured', async () => {
  const answer = async () => new Response('', { headers: { 'x-new-access-token': '', 'x-fresh': 'next' } })
  for (const [options, taken] of [
    [{}, []],
    [{ headers: { newAccessToken: 'x-fresh' } }, [{ access_token: 'next' }]],
  ]) {
    const { session, core } = await start(answer, options)
    await session.fetch('/a')
    assert.deepEqual(
      core.calls
        .filter(([name]) => name === 'rotate')
        .map(([, tokens]) => JSON.parse(JSON.stringify(tokens))),
      taken,
    )
    session.dispose()
  }
})

test('tokens that come too late are dropped without a word', async () => {
  const { session, core } = await start(
    async () => new Response('', { headers: { 'x-new-access-token': 'late' } }),
  )
  core.answers.rotate = () => Promise.reject({ code: 'superseded' })
  assert.equal((await session.fetch('/a')).status, 200)
})

test('failure 42: no tokens are taken from an answer of another origin', async () => {
  const { session, core } = await start(
    async () => new Response('', { headers: { 'x-new-access-token': 'evil' } }),
  )
  await session.fetch('https://evil.example/')
  assert.equal(
    core.calls.some(([name]) => name === 'rotate'),
    false,
  )
})

test('a login that the page sends by itself is taken up, and needs no token', async () => {
  const answer = { access_token: 'first', refresh_token: 'more' }
  const { session, core } = await start(async input => {
    sent.push(input)
    return Response.json(answer)
  })
  const response = await session.fetch('/login', { method: 'POST', body: '{}' })
  assert.deepEqual(await response.json(), answer)
  assert.deepEqual(
    core.calls.filter(([name]) => name === 'signIn'),
    [['signIn', answer, 1]],
  )
  assert.equal(
    core.calls.some(([name]) => name === 'token'),
    false,
  )
  // The same place by another method is nothing of the kind.
  await session.fetch('/login')
  assert.equal(core.calls.filter(([name]) => name === 'signIn').length, 1)
})

test('failure 39: a refused login that the page sends is the caller’s alone', async () => {
  const { session, core } = await start(server(401))
  assert.equal((await session.fetch('/login', { method: 'POST' })).status, 401)
  assert.deepEqual(authorizations(), [null])
  assert.deepEqual(
    core.calls.filter(([name]) => name !== 'start'),
    [],
  )
})

test('a login that was redirected to another origin is not taken up', async () => {
  const { session, core } = await start(async () => {
    const response = Response.json({ access_token: 'evil' })
    Object.defineProperties(response, {
      redirected: { value: true },
      url: { value: 'https://evil.example/' },
    })
    return response
  })
  await session.fetch('/login', { method: 'POST' })
  assert.equal(
    core.calls.some(([name]) => name === 'signIn'),
    false,
  )
})

test('an answer to a login that brings no tokens is the caller’s', async () => {
  const { session, core } = await start(async () => Response.json({ needs: 'second factor' }))
  core.answers.signIn = () => Promise.reject({ code: 'bad-answer' })
  const response = await session.fetch('/login', { method: 'POST' })
  assert.deepEqual(await response.json(), { needs: 'second factor' })
})

for (const [onSecond401, refused] of [
  [undefined, []],
  ['return', []],
  ['end', [['tokenRefused', 'sid', 2]]],
]) {
  test(`with onSecond401 ${onSecond401} a second 401 is told to the core ${refused.length} times`, async () => {
    const { session, core } = await start(server(401, 401), { onSecond401 })
    assert.equal((await session.fetch('/a')).status, 401)
    assert.deepEqual(
      core.calls.filter(([name]) => name === 'tokenRefused'),
      refused,
    )
  })
}

test('failure 40: the body of a Request is there for the retry', async () => {
  const { session } = await start(server(401))
  await session.fetch(new Request('https://app.example/a', { method: 'POST', body: 'from a request' }))
  assert.deepEqual(
    sent.map(({ body }) => body),
    ['from a request', 'from a request'],
  )
  assert.deepEqual(authorizations(), ['Bearer token-1', 'Bearer token-2'])
})

test('failure 40: what the caller does to a body or to headers after the call does not show', async () => {
  const { session } = await start(server(401))
  const form = new URLSearchParams({ a: '1' })
  const headers = new Headers({ 'x-extra': 'before' })
  const done = session.fetch('/a', { method: 'POST', body: form, headers })
  form.set('a', '2')
  headers.set('x-extra', 'after')
  await done
  assert.deepEqual(
    sent.map(({ body, extra }) => [body, extra]),
    [
      ['a=1', 'before'],
      ['a=1', 'before'],
    ],
  )
})

test('while nobody is signed in, requests go without a token', async () => {
  const { session, core } = await start(server(401))
  core.answers.token = () => Promise.reject({ code: 'signed-out' })
  assert.equal((await session.fetch('/a')).status, 401)
  assert.deepEqual(authorizations(), [null])
  assert.deepEqual(retries(core), [])
})

test('without a token to be had nothing is sent', async () => {
  const { session, core } = await start(server())
  core.answers.token = () => Promise.reject({ code: 'network', retryAt: 5 })
  await assert.rejects(session.fetch('/a'), { name: 'RefreshUnavailableError' })
  assert.deepEqual(sent, [])
})

for (const code of ['still-unauthorized', 'network', 'refresh-rejected', 'signed-out', 'user-changed']) {
  test(`when the retry is refused for ${code} the caller has the first answer`, async () => {
    const { session, core } = await start(server(401))
    core.answers.retryToken = () => Promise.reject({ code })
    const response = await session.fetch('/a')
    assert.equal(response.status, 401)
    assert.equal(await response.text(), 'answer')
    assert.equal(sent.length, 1)
  })
}

test('an aborted signal ends the wait for a token at once', async () => {
  const { session, core } = await start(server())
  core.answers.token = () => new Promise(() => {})
  for (const input of ['/a', new Request('https://app.example/a')]) {
    const controller = new AbortController()
    const done = session.fetch(input, { signal: controller.signal })
    await settled()
    controller.abort()
    await assert.rejects(done, { name: 'AbortError' })
  }
  const calls = core.calls.length
  await assert.rejects(session.fetch('/a', { signal: AbortSignal.abort() }), { name: 'AbortError' })
  assert.equal(core.calls.length, calls)
  assert.deepEqual(sent, [])
})

test('an aborted signal ends the wait for the retry at once', async () => {
  const { session, core } = await start(server(401))
  const controller = new AbortController()
  core.answers.retryToken = () => {
    controller.abort()
    return new Promise(() => {})
  }
  await assert.rejects(session.fetch('/a', { signal: controller.signal }), { name: 'AbortError' })
  assert.equal(sent.length, 1)
})

test('failure 42: a 401 of another origin, after a redirect, is the caller’s', async () => {
  const { session, core } = await start(async () => {
    const response = new Response('', { status: 401 })
    Object.defineProperties(response, {
      redirected: { value: true },
      url: { value: 'https://evil.example/' },
    })
    return response
  })
  assert.equal((await session.fetch('/a')).status, 401)
  assert.deepEqual(retries(core), [])
})

test('the network’s errors are the caller’s', async () => {
  const { session } = await start(async () => {
    throw new TypeError('Failed to fetch')
  })
  await assert.rejects(session.fetch('/a'), { name: 'TypeError', message: 'Failed to fetch' })
})

test('what fetch refuses is refused', async () => {
  const { session } = await start(server())
  await assert.rejects(session.fetch('http://['), { name: 'TypeError' })
  await assert.rejects(session.fetch('/a', { headers: { 'bad name': '1' } }), { name: 'TypeError' })
})

test('the global fetch is looked up when it is needed', async context => {
  const { session } = await start(undefined)
  context.mock.method(globalThis, 'fetch', server())
  await session.fetch('/a')
  assert.deepEqual(authorizations(), ['Bearer token-1'])
})

/** As browser.js sends what the core asks for. */
const ownRequest = () => ({ method: 'POST', body: '{}', signal: new AbortController().signal })

test('failure 39: a session whose own requests come by its fetch does not wait for itself', async () => {
  const { session, core } = await start(async (input, { own, ...init }) => {
    await null
    return own ? server()(input, init) : session.fetch(input, { ...init, own: true })
  })
  core.answers.token = () => new Promise(() => {})
  const refresh = core.fetch('https://app.example/refresh', ownRequest())
  assert.equal((await refresh).status, 200)
  assert.deepEqual(authorizations(), [null])
})

test('failure 39: a session may stand in for the global fetch', async context => {
  context.mock.method(globalThis, 'fetch', server(401))
  const { session, core } = await start(undefined)
  globalThis.fetch = session.fetch
  assert.equal((await fetch('/a')).status, 200)
  core.answers.token = () => new Promise(() => {})
  const refresh = core.fetch('https://app.example/refresh', ownRequest())
  assert.equal((await refresh).status, 200)
  assert.deepEqual(authorizations(), ['Bearer token-1', 'Bearer token-2', null])
})
