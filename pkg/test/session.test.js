import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { closePage, openPage, settled } from './support/page.js'
import { importCopy, WASM } from './support/stub-package.js'

const SIGNED_IN = {
  status: 'authenticated',
  user: { id: '7', email: 'ada@example.com' },
  claims: { sub: '7', roles: ['editor'] },
}

let page
let createSession
let isSessionError

beforeEach(async () => {
  page = openPage()
  ;({ createSession, isSessionError } = await importCopy())
})

afterEach(closePage)

/** What the core is told where nothing is asked for, in its order. */
const DEFAULTS = [
  ...[300_000, 30_000, 10_000, 5_000, 0, 1_800_000, 60_000, 0],
  ...[false, false, false, false, false, false, false, true, undefined, undefined],
  ...['session', 'same-origin', undefined],
  ...['/login', '/register', '/refresh', '/logout', '/verify', '/change-password', ''].flatMap(path => [
    path,
    undefined,
  ]),
  ...[undefined, undefined, undefined, undefined, undefined],
  ['pointerdown', 'pointermove', 'keydown', 'wheel', 'scroll', 'touchstart', 'touchmove'],
]
const IDLE_TIMEOUT = 5

async function start(options) {
  const session = createSession(options)
  await session.ready
  return { session, core: page.stage.cores.at(-1) }
}

test('returns at once, loading, and is ready when the core is', async () => {
  const session = createSession()
  assert.equal(session.getSnapshot().status, 'loading')
  const snapshot = await session.ready
  assert.equal(snapshot.status, 'unauthenticated')
  assert.equal(snapshot, session.getSnapshot())
})

test('starts the core once, with the bytes from the package', async context => {
  const { mock } = context.mock.method(WebAssembly, 'compile')
  const { core } = await start()
  assert.deepEqual(
    mock.calls.map(({ arguments: [bytes] }) => bytes),
    [WASM],
  )
  assert.equal(page.stage.modules.length, 1)
  assert.equal(core.calls.filter(([name]) => name === 'start').length, 1)
})

for (const [what, wasm] of [
  ['bytes', () => WASM.slice()],
  ['a buffer', () => WASM.slice().buffer],
  ['a response of any type', () => new Response(WASM, { headers: { 'content-type': 'text/plain' } })],
  ['a URL', () => new URL('https://cdn.example/session.wasm')],
]) {
  test(`${what} can stand in for the bytes in the package`, async context => {
    const fetched = context.mock.method(globalThis, 'fetch', async () => new Response(WASM))
    const { mock } = context.mock.method(WebAssembly, 'compile')
    const option = wasm()
    const { core } = await start({ wasm: option })
    // Not the first: Node compiles a module of its own for its `fetch`.
    assert.deepEqual(new Uint8Array(mock.calls.at(-1).arguments[0]), WASM)
    assert.deepEqual(
      fetched.mock.calls.map(({ arguments: [url] }) => url),
      option instanceof URL ? [option] : [],
    )
    assert.deepEqual(core.values, DEFAULTS)
  })
}

test('a module that is not where it should be is failed, with the status', async () => {
  const { status, error } = await createSession({
    wasm: new Response('not here', { status: 404 }),
    logLevel: 'silent',
  }).ready
  assert.equal(status, 'failed')
  assert.ok(isSessionError(error, 'wasm-load'))
  assert.match(error.cause.message, /404/)
})

test('data options go to the core, the others stay here', async () => {
  const answer = new Response()
  const custom = async () => answer
  const { core } = await start({ idleTimeout: 0, origins: ['https://a.example'], fetch: custom, onEnd() {} })
  assert.deepEqual(core.values, DEFAULTS.with(IDLE_TIMEOUT, 0))
  assert.equal(await core.fetch('/refresh', { signal: new AbortController().signal }), answer)
})

test('the snapshot is the same object until something changed', async () => {
  const { session, core } = await start()
  const before = session.getSnapshot()
  assert.equal(session.getSnapshot(), before)
  core.become({ refreshing: true })
  const after = session.getSnapshot()
  assert.notEqual(after, before)
  assert.equal(after.refreshing, true)
  assert.ok(Object.isFrozen(after))
})

test('subscribers hear of changes until they leave', async () => {
  const { session, core } = await start()
  let heard = 0
  const leave = session.subscribe(() => {
    heard += 1
  })
  core.become({ offline: true })
  leave()
  core.become({ offline: false })
  assert.equal(heard, 1)
})

test('the change event brings the new snapshot', async () => {
  const { session, core } = await start()
  const heard = []
  session.on('change', snapshot => heard.push(snapshot))
  core.become(SIGNED_IN)
  assert.deepEqual(heard, [session.getSnapshot()])
})

test('the last that a listener hears is how things stand, whatever another one did before it', async () => {
  const { session, core } = await start()
  const heard = []
  session.on('change', ({ prompting }) => prompting && core.become({ ...SIGNED_IN, prompting: false }))
  session.on('change', ({ prompting }) => heard.push(prompting))
  core.become({ ...SIGNED_IN, prompting: true })
  assert.equal(session.getSnapshot().prompting, false)
  assert.equal(heard.at(-1), false)
})

test('in a listener of any event the snapshot tells of it already', async () => {
  const { session, core } = await start()
  session.getSnapshot()
  const seen = []
  session.on('login', () => seen.push(session.getSnapshot().status))
  core.change(SIGNED_IN)
  core.emit('login', {})
  assert.deepEqual(seen, ['authenticated'])
})

test('a listener that throws is reported and does not keep the others from hearing', async () => {
  const { session, core } = await start()
  const failure = new Error('page')
  const heard = []
  session.on('refresh', () => {
    throw failure
  })
  session.on('refresh', event => heard.push(event))
  core.emit('refresh', { generation: 2, by: 'this-tab' })
  assert.deepEqual(heard, [{ generation: 2, by: 'this-tab' }])
  assert.deepEqual(page.reported, [failure])
})

test('a listener taken off by another one is not called any more', async () => {
  const { session, core } = await start()
  let heard = 0
  session.on('refresh', () => leave())
  const leave = session.on('refresh', () => {
    heard += 1
  })
  core.emit('refresh', { generation: 2, by: 'this-tab' })
  assert.equal(heard, 0)
})

test('the login event brings the user', async () => {
  const { session, core } = await start()
  const heard = []
  session.on('login', event => heard.push(event))
  core.change(SIGNED_IN)
  core.emit('login', {})
  assert.deepEqual(heard, [{ user: SIGNED_IN.user }])
})

test('errors in events are typed', async () => {
  const { session, core } = await start()
  const heard = []
  session.on('refresh-failed', ({ error, retryAt }) => heard.push([error.name, error.status, retryAt]))
  core.emit('refresh-failed', {
    error: { code: 'server', status: 503 },
    retryAt: 9,
  })
  assert.deepEqual(heard, [['HttpError', 503, 9]])
})

test('the last failure to refresh is in the snapshot until it does not matter any more', async () => {
  const { session, core } = await start()
  core.become(SIGNED_IN)
  for (const name of ['refresh', 'login', 'end', 'user-changed']) {
    core.emit('refresh-failed', { error: { code: 'timeout' }, retryAt: 9 })
    core.become({ offline: true })
    assert.ok(isSessionError(session.getSnapshot().error, 'timeout'), name)
    core.emit(name, {})
    assert.equal(session.getSnapshot().error, null, name)
  }
})

test('an unknown event is refused', async () => {
  const { session } = await start()
  assert.throws(() => session.on('logn', () => {}), { name: 'ConfigError', key: 'event' })
  assert.throws(() => session.on('login'), { name: 'ConfigError', key: 'listener' })
})

test('login sends the credentials and answers with the new snapshot', async () => {
  const { session, core } = await start()
  core.answers.authenticate = () => core.become(SIGNED_IN)
  const snapshot = await session.login({ email: 'ada@example.com', password: 'secret' })
  assert.equal(snapshot.user.email, 'ada@example.com')
  assert.deepEqual(core.calls.at(-1), [
    'authenticate',
    'login',
    { email: 'ada@example.com', password: 'secret' },
    true,
  ])
})

test('a login without "remember me" says so', async () => {
  const { session, core } = await start()
  await session.login({}, { remember: false })
  await session.register({}, { remember: false })
  await session.setTokens({ accessToken: 'a' }, { remember: false })
  assert.deepEqual(
    core.calls.slice(-3).map(call => call.at(-1)),
    [false, false, false],
  )
})

test('register and changePassword go to their endpoints', async () => {
  const { session, core } = await start()
  await session.register({ email: 'a' })
  await session.changePassword({ old: 'b' })
  assert.deepEqual(core.calls.slice(-2), [
    ['authenticate', 'register', { email: 'a' }, true],
    ['authenticate', 'changePassword', { old: 'b' }, true],
  ])
})

test('a refused login is an HttpError with the status and the code of the server', async () => {
  const { session, core } = await start()
  core.answers.authenticate = () =>
    Promise.reject({
      code: 'http',
      status: 401,
      serverCode: 'invalid_credentials',
      message: 'wrong password',
    })
  const error = await session.login({}).catch(reason => reason)
  assert.ok(isSessionError(error, 'http'))
  assert.equal(error.name, 'HttpError')
  assert.equal(error.status, 401)
  assert.equal(error.serverCode, 'invalid_credentials')
  assert.equal(error.message, 'wrong password')
})

test('an answer without words of its own is told by its status', async () => {
  const { session, core } = await start()
  core.answers.authenticate = () => Promise.reject({ code: 'http', status: 429 })
  await assert.rejects(session.login({}), { message: 'the auth server answered 429', serverCode: null })
})

for (const [code, name, field, value] of [
  ['network', 'NetworkError'],
  ['timeout', 'RequestTimeoutError'],
  ['bad-answer', 'BadAnswerError', 'field', 'access_token'],
  ['superseded', 'SupersededError'],
  ['user-changed', 'UserChangedError'],
  ['signed-out', 'SignedOutError'],
  ['refresh-rejected', 'RefreshRejectedError', 'status', 401],
  ['still-unauthorized', 'StillUnauthorizedError'],
  ['not-renewable', 'NotRenewableError'],
  ['not-the-server', 'NotTheServerError', 'status', 418],
  ['storage', 'StorageError'],
  ['disposed', 'DisposedError'],
]) {
  test(`the core's ${code} is a ${name}`, async () => {
    const { session, core } = await start()
    core.answers.authenticate = () => Promise.reject({ code, ...(field ? { [field]: value } : {}) })
    // In case that it is asked of another.
    page.stage.answers = core.answers
    const error = await session.login({}).catch(reason => reason)
    assert.equal(error.name, name)
    assert.equal(error.code, code)
    assert.match(error.message, / /)
    assert.doesNotMatch(error.message, /undefined/)
    if (field) assert.equal(error[field], value)
  })
}

test('a token that the auth server does not prolong is not renewable for now', async () => {
  const { session, core } = await start()
  core.answers.authenticate = () => Promise.reject({ code: 'not-prolonged' })
  const error = await session.login({}).catch(reason => reason)
  assert.equal(error.name, 'NotRenewableError')
  assert.match(error.message, /for now/)
})

for (const code of ['network', 'timeout', 'server', 'not-the-server', 'storage']) {
  test(`${code} while a token is asked for is a RefreshUnavailableError, which says why`, async () => {
    const { session, core } = await start()
    core.answers.token = core.answers.refresh = () => Promise.reject({ code, status: 503, retryAt: 12 })
    for (const attempt of [session.getAccessToken(), session.refresh(), session.fetch('/things')]) {
      const error = await attempt.catch(reason => reason)
      assert.ok(isSessionError(error, 'refresh-unavailable'))
      assert.equal(error.retryAt, 12)
      assert.ok(isSessionError(error.cause, code === 'server' ? 'http' : code))
      assert.ok(error.message.endsWith(error.cause.message))
    }
  })
}

test('whatever else the core throws is internal, with its cause', async () => {
  const { session, core } = await start()
  const trap = new WebAssembly.RuntimeError('unreachable')
  core.answers.refresh = () => Promise.reject(trap)
  page.stage.answers = core.answers
  const error = await session.refresh().catch(reason => reason)
  assert.equal(error.code, 'internal')
  assert.equal(error.cause, trap)
})

test('setTokens hands on what it is given', async () => {
  const { session, core } = await start()
  await session.setTokens({ accessToken: 'a' }, { as: 'login', user: { id: '7' } })
  await session.setTokens({ accessToken: 'b' })
  assert.deepEqual(core.calls.slice(-2), [
    ['setTokens', { accessToken: 'a', user: { id: '7' } }, 'login', true],
    ['setTokens', { accessToken: 'b' }, undefined, true],
  ])
})

test('getAccessToken waits for the core and gives the token', async () => {
  page.stage.answers.token = async () => ({ accessToken: 'abc', sid: 's', generation: 1 })
  const session = createSession()
  assert.equal(await session.getAccessToken(), 'abc')
})

test('getAccessToken is null when signed out, and only then', async () => {
  const { session, core } = await start()
  assert.equal(await session.getAccessToken(), null)
  core.answers.token = () => Promise.reject({ code: 'network', retryAt: 5 })
  await assert.rejects(session.getAccessToken(), { name: 'RefreshUnavailableError', retryAt: 5 })
})

test('getAccessToken gives up at once when its signal aborts', async () => {
  const { session, core } = await start()
  core.answers.token = () => new Promise(() => {})
  const controller = new AbortController()
  const asked = session.getAccessToken({ signal: controller.signal })
  const reason = new Error('left the page')
  controller.abort(reason)
  await assert.rejects(asked, reason)
  const calls = core.calls.length
  await assert.rejects(session.getAccessToken({ signal: controller.signal }), reason)
  assert.equal(core.calls.length, calls)
})

test('peekAccessToken is the token at hand', async () => {
  const early = createSession({ name: 'early' })
  assert.equal(early.peekAccessToken(), null)
  const { session, core } = await start()
  assert.equal(session.peekAccessToken(), null)
  core.tokenAtHand = 'abc'
  assert.equal(session.peekAccessToken(), 'abc')
})

test('verify brings the claims of a valid token', async () => {
  const { session, core } = await start()
  core.become(SIGNED_IN)
  assert.deepEqual(await session.verify(), { valid: true, claims: SIGNED_IN.claims })
  core.answers.verify = () => ({ valid: null })
  assert.deepEqual(await session.verify(), { valid: null })
})

test('logout says whether everywhere is meant', async () => {
  const { session, core } = await start()
  await session.logout()
  await session.logout({ everywhere: true })
  assert.deepEqual(core.calls.slice(-2), [
    ['logout', false],
    ['logout', true],
  ])
})

test('touch and stay reach the core', async () => {
  const { session, core } = await start()
  session.touch()
  session.stay()
  assert.deepEqual(core.calls.slice(-2), [['touch'], ['stay']])
})

test('methods work without their session', async () => {
  const { session, core } = await start()
  const { touch, getSnapshot, hasRole, peekAccessToken } = session
  touch()
  assert.deepEqual(core.calls.at(-1), ['touch'])
  assert.equal(getSnapshot().status, 'unauthenticated')
  assert.equal(hasRole('editor'), false)
  assert.equal(peekAccessToken(), null)
})

test('roles come from the roles claim, the role claim, or the application', async () => {
  const { session, core } = await start()
  assert.equal(session.hasRole('editor'), false)
  core.become(SIGNED_IN)
  assert.equal(session.hasRole('editor'), true)
  assert.equal(session.hasRole('admin'), false)
  core.become({ claims: { role: 'admin' } })
  assert.equal(session.hasRole('admin'), true)

  const own = await start({ name: 'own', roles: (claims, user) => [claims.group, user.email] })
  own.core.become({ ...SIGNED_IN, claims: { group: 'staff' } })
  assert.equal(own.session.hasRole('staff'), true)
  assert.equal(own.session.hasRole('ada@example.com'), true)
})

test('roles of a session that has ended are not asked for', async () => {
  const { session, core } = await start()
  core.become({ ...SIGNED_IN, status: 'unauthenticated' })
  assert.equal(session.hasRole('editor'), false)
})

test('at the end: listeners, then onEnd, then the login page', async () => {
  const order = []
  const { session, core } = await start({
    onEnd: reason => order.push(`onEnd ${reason}`),
    loginUrl: '/login',
  })
  session.on('end', ({ reason, endedBy }) => order.push(`end ${reason} ${endedBy}`))
  core.emit('end', { reason: 'idle', endedBy: 'other-tab' })
  assert.deepEqual(page.visited, [])
  await settled()
  assert.deepEqual(order, ['end idle other-tab', 'onEnd idle'])
  assert.deepEqual(page.visited, ['/login'])
})

test('an onEnd that throws does not keep the page from leaving', async () => {
  const { core } = await start({
    onEnd: () => {
      throw new Error('page')
    },
    loginUrl: '/login',
  })
  core.emit('end', { reason: 'idle', endedBy: 'this-tab' })
  await settled()
  assert.equal(page.reported.length, 1)
  assert.deepEqual(page.visited, ['/login'])
})

test('the page leaves only when the server was told of the logout', async () => {
  const { session, core } = await start({ loginUrl: '/login' })
  let tellServer
  core.answers.logout = () => {
    core.emit('end', { reason: 'logout', endedBy: 'this-tab' })
    return new Promise(resolve => {
      tellServer = resolve
    })
  }
  const done = session.logout()
  await settled()
  assert.deepEqual(page.visited, [])
  tellServer()
  await done
  await settled()
  assert.deepEqual(page.visited, ['/login'])
})

test('the login page is not loaded again', async () => {
  closePage()
  page = openPage('https://app.example/login?next=/start')
  const { core } = await start({ loginUrl: '/login' })
  core.emit('end', { reason: 'idle', endedBy: 'this-tab' })
  await settled()
  assert.deepEqual(page.visited, [])
})

test('what is logged goes to the logger, up to the level', async () => {
  page.stage.failWith = new Error('no memory')
  const lines = []
  for (const logLevel of ['silent', 'error', 'info', 'debug']) {
    const logger = {}
    for (const level of ['error', 'info', 'debug'])
      logger[level] = line => lines.push(`${logLevel}: ${level} ${line}`)
    await createSession({ logger, logLevel }).ready
  }
  const line = 'error [session-warden] the WebAssembly module could not be loaded: Error: no memory'
  assert.deepEqual(lines, [
    `error: ${line}`,
    `info: ${line}`,
    `debug: ${line}`,
    'debug: debug [session-warden] change',
  ])
})

test('what happens is logged: failures, comings and goings, every change; nothing of the user’s and no token', async () => {
  const lines = []
  const logger = {}
  for (const level of ['error', 'info', 'debug'])
    logger[level] = (message, details) =>
      lines.push([level, message.replace('[session-warden] ', ''), details])
  const { core } = await start({ logger, logLevel: 'debug' })
  lines.length = 0
  core.become({ ...SIGNED_IN, user: { email: 'ann@example.org' }, expiresAt: 5, refreshing: true })
  core.emit('login')
  core.emit('refresh', { generation: 2, by: 'other-tab' })
  core.emit('refresh-failed', { error: { code: 'network' }, retryAt: 7 })
  core.emit('prompt', { endsAt: 9 })
  core.emit('user-changed', { from: 'ann', to: 'bob' })
  core.emit('end', { reason: 'idle', endedBy: 'this-tab' })
  const [[level, name, { status, expiresAt, refreshing }], ...rest] = lines
  assert.deepEqual(
    [level, name, status, expiresAt, refreshing],
    ['debug', 'change', 'authenticated', 5, true],
  )
  assert.deepEqual(rest, [
    ['info', 'login', {}],
    ['info', 'refresh', { generation: 2, by: 'other-tab' }],
    ['error', 'refresh-failed', { retryAt: 7, error: 'the auth server is out of reach' }],
    ['info', 'prompt', { endsAt: 9 }],
    ['info', 'user-changed', {}],
    ['info', 'end', { reason: 'idle', endedBy: 'this-tab' }],
  ])
  assert.doesNotMatch(JSON.stringify(lines), /ann|bob|eyJ/)
})

test('the user is the same object for as long as nothing about them changes', async () => {
  const { session, core } = await start()
  core.become({ ...SIGNED_IN, user: { id: '7', roles: ['editor'] } })
  const { user } = session.getSnapshot()
  core.become({ user: { id: '7', roles: ['editor'] }, refreshing: true })
  assert.equal(session.getSnapshot().user, user)
  core.become({ user: { id: '7', roles: [] } })
  assert.deepEqual(session.getSnapshot().user, { id: '7', roles: [] })
  core.become({ status: 'unauthenticated', user: null })
  assert.equal(session.getSnapshot().user, null)
})

for (const [what, breakdown] of [
  ['traps', () => new WebAssembly.RuntimeError('unreachable')],
  ['has trapped before', () => ({ code: 'disposed' })],
]) {
  test(`failure 49: a core that ${what} is replaced, and what was asked is done by the next`, async () => {
    const { session, core } = await start()
    core.answers.refresh = () => Promise.reject(breakdown())
    const both = [session.refresh(), session.refresh()]
    await Promise.all(both)
    assert.equal(page.stage.cores.length, 2)
    const [, next] = page.stage.cores
    assert.equal(next.calls.filter(([name]) => name === 'refresh').length, 2)
    next.become(SIGNED_IN)
    assert.equal(session.getSnapshot().status, 'authenticated')
    await session.logout()
    assert.deepEqual(next.calls.at(-1), ['logout', false])
  })
}

test('failure 49: a second core that breaks down as well is the caller’s to hear of', async () => {
  const { session } = await start()
  page.stage.answers = { refresh: () => Promise.reject(new WebAssembly.RuntimeError('secret')) }
  page.stage.cores[0].answers.refresh = page.stage.answers.refresh
  await assert.rejects(session.refresh(), { code: 'internal', message: 'the session core failed' })
  assert.equal(page.stage.cores.length, 2)
})

test('using disposes of the session', { skip: Symbol.dispose === undefined }, async () => {
  const { session, core } = await start()
  session[Symbol.dispose]()
  assert.deepEqual(core.calls.at(-1), ['dispose'])
})

test('after dispose promises reject and the rest does nothing', async () => {
  const { session, core } = await start()
  core.become(SIGNED_IN)
  let heard = 0
  session.subscribe(() => {
    heard += 1
  })
  session.dispose()
  session.dispose()
  assert.equal(core.calls.filter(([name]) => name === 'dispose').length, 1)

  const calls = core.calls.length
  session.touch()
  session.stay()
  core.become({ offline: true })
  assert.equal(core.calls.length, calls)
  assert.equal(heard, 0)
  assert.equal(session.peekAccessToken(), null)
  assert.equal(session.getSnapshot().status, 'authenticated')
  for (const attempt of [
    session.login({}),
    session.refresh(),
    session.verify(),
    session.logout(),
    session.setTokens({ accessToken: 'a' }),
    session.getAccessToken(),
    session.fetch('/things'),
  ]) {
    await assert.rejects(attempt, { name: 'DisposedError' })
  }
})

test('disposed of by a listener, the session calls nobody any more', async () => {
  const heard = []
  const { session, core } = await start({ onEnd: () => heard.push('onEnd'), loginUrl: '/login' })
  session.on('end', () => session.dispose())
  session.on('end', () => heard.push('end'))
  await start({ onEnd: () => heard.push('other') })
  core.emit('end', { reason: 'idle', endedBy: 'this-tab' })
  await settled()
  assert.deepEqual(heard, ['other'])
  assert.deepEqual(page.visited, [])
})

test('disposed of while loading, nothing is started and nobody waits', async () => {
  const session = createSession()
  const asked = session.getAccessToken()
  session.dispose()
  await assert.rejects(asked, { name: 'DisposedError' })
  assert.equal((await session.ready).status, 'loading')
  assert.deepEqual(page.stage.cores, [])
})

test('sessions of one name share a core until the last one goes', async () => {
  const first = await start({ name: 'shop' })
  const second = await start({ name: 'shop' })
  assert.equal(page.stage.cores.length, 1)
  first.core.become(SIGNED_IN)
  assert.equal(first.session.getSnapshot(), second.session.getSnapshot())

  first.session.dispose()
  assert.equal(first.core.calls.at(-1)[0] === 'dispose', false)
  first.core.become({ offline: true })
  assert.equal(second.session.getSnapshot().offline, true)

  second.session.dispose()
  assert.deepEqual(first.core.calls.at(-1), ['dispose'])

  await start({ name: 'shop' })
  assert.equal(page.stage.cores.length, 2)
})

test('sessions of two names do not share', async () => {
  await start({ name: 'shop' })
  await start({ name: 'admin' })
  assert.equal(page.stage.cores.length, 2)
})

test('two copies of the package share a core, and know each other’s errors', async () => {
  const { session, core } = await start()
  const other = await importCopy()
  const second = other.createSession()
  await second.ready
  assert.equal(page.stage.cores.length, 1)
  core.emit('refresh-failed', { error: { code: 'network' }, retryAt: 9 })
  const { error } = second.getSnapshot()
  assert.equal(error, session.getSnapshot().error)
  assert.ok(other.isSessionError(error, 'network'))
  assert.equal(error instanceof other.NetworkError, false)
})

test('other data options for the same name are warned about and not used', async () => {
  const lines = []
  const logger = { error: line => lines.push(line), info() {}, debug() {} }
  const { core } = await start({ idleTimeout: 5, endpoints: { login: '/a', logout: '/b' } })
  await start({ endpoints: { logout: '/b', login: '/a' }, idleTimeout: 5, logger })
  assert.deepEqual(lines, [])
  await start({ idleTimeout: 6, logger })
  assert.equal(lines.length, 1)
  assert.match(lines[0], /its options stay in force/)
  assert.equal(core.values[IDLE_TIMEOUT], 5)
})

test('a module that does not load is failed, never signed out', async () => {
  const lines = []
  const logger = { error: line => lines.push(line), info() {}, debug() {} }
  page.stage.failWith = new WebAssembly.CompileError('bad magic')
  const session = createSession({ logger })
  let heard = 0
  session.subscribe(() => {
    heard += 1
  })
  const snapshot = await session.ready
  assert.equal(snapshot.status, 'failed')
  assert.ok(isSessionError(snapshot.error, 'wasm-load'))
  assert.equal(snapshot.error.cause, page.stage.failWith)
  assert.equal(heard, 1)
  assert.equal(lines.length, 1)
  await assert.rejects(session.getAccessToken(), { name: 'WasmLoadError' })
  await assert.rejects(session.fetch('/things'), { name: 'WasmLoadError' })
})

test('after a failure to load the next session tries again', async () => {
  page.stage.failWith = new Error('network')
  const failed = createSession({ logLevel: 'silent' })
  await failed.ready
  page.stage.failWith = null
  const { session } = await start()
  assert.equal(session.getSnapshot().status, 'unauthenticated')
  failed.dispose()
  assert.equal(session.getSnapshot().status, 'unauthenticated')
})

for (const message of [
  "WebAssembly.instantiate(): Compiling or instantiating WebAssembly module violates the following Content Security policy directive because neither 'wasm-eval' nor 'unsafe-eval' is an allowed source of script in the following Content Security Policy directive: \"script-src 'self'\"",
  'call to WebAssembly.instantiate() blocked by CSP',
  "Refused to create a WebAssembly object because 'unsafe-eval' or 'wasm-unsafe-eval' is not an allowed source of script",
]) {
  test(`a policy that forbids WebAssembly is named: ${message.slice(0, 40)}…`, async () => {
    page.stage.failWith = new WebAssembly.CompileError(message)
    const { error } = await createSession({ logLevel: 'silent' }).ready
    assert.match(error.message, /'wasm-unsafe-eval'/)
  })
}

test('ready does not wait longer than five seconds', async context => {
  context.mock.timers.enable({ apis: ['setTimeout'] })
  page.stage.answers.ready = () => new Promise(() => {})
  let snapshot = null
  createSession().ready.then(settledWith => {
    snapshot = settledWith
  })
  while (page.stage.cores.length === 0) await settled()
  context.mock.timers.tick(4_999)
  await settled()
  assert.equal(snapshot, null)
  context.mock.timers.tick(1)
  await settled()
  assert.equal(snapshot.status, 'loading')
})
