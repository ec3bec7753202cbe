// The part for Redux Toolkit around a stub core.
import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { combineSlices, configureStore } from '@reduxjs/toolkit'
import { closePage, openPage, settled } from './support/page.js'
import { importCopy, importWithRedux } from './support/stub-package.js'
import { tokenOf } from './support/token.js'

const { createAuthSlice } = await importWithRedux()

const CLAIMS = { sub: '7' }
const SIGNED_IN = {
  status: 'authenticated',
  user: { id: '7', email: 'ada@example.com' },
  claims: CLAIMS,
  expiresAt: 2_000_000,
  lastActivityAt: 1_000_000,
  idleAt: 2_800_000,
}
const NOBODY = {
  token: null,
  refreshToken: null,
  tokenExpiry: null,
  user: null,
  isAuthenticated: false,
  isLoading: false,
  error: null,
  lastActivity: null,
  autoLogoutTimer: null,
}
const LOADING = { ...NOBODY, isLoading: true }
const ADA = {
  ...NOBODY,
  tokenExpiry: 2_000_000,
  user: SIGNED_IN.user,
  isAuthenticated: true,
  lastActivity: 1_000_000,
  autoLogoutTimer: 2_800_000,
}

let page
let createSession
let complaints

beforeEach(async context => {
  page = openPage()
  ;({ createSession } = await importCopy())
  complaints = []
  for (const level of ['error', 'warn'])
    context.mock.method(console, level, (...words) => complaints.push(words.join(' ')))
})

afterEach(() => {
  closePage()
  assert.deepEqual(complaints, [])
})

async function start(state = SIGNED_IN) {
  const session = createSession({ logLevel: 'silent' })
  await session.ready
  const core = page.stage.cores.at(-1)
  core.become(state)
  core.calls = []
  return { session, core }
}

/** A machine that is busy is slow to check, and that is all the same here. */
const CHECKS = { immutableCheck: { warnAfter: Infinity }, serializableCheck: { warnAfter: Infinity } }

/** A store with all the checks of Redux Toolkit, and every action that reached it. */
async function createStore(auth, preloadedState) {
  const actions = []
  const store = configureStore({
    reducer: { auth: auth.reducer },
    preloadedState,
    middleware: defaults =>
      defaults(CHECKS).concat(auth.middleware, () => next => action => {
        actions.push(action)
        return next(action)
      }),
  })
  await settled()
  return { store, actions, state: () => store.getState().auth }
}

test('the state begins as the session stands', async () => {
  const { session } = await start()
  const { state, actions } = await createStore(createAuthSlice(session))
  assert.deepEqual(state(), ADA)
  assert.deepEqual(actions, [])
})

test('the state begins as the session stands when the store is created', async () => {
  const { session, core } = await start({ status: 'unauthenticated' })
  const auth = createAuthSlice(session)
  core.become(SIGNED_IN)
  const { state, actions } = await createStore(auth)
  assert.deepEqual(state(), ADA)
  assert.deepEqual(actions, [])
})

test('before the session is there the state is loading', async () => {
  let restore
  const stored = new Promise(resolve => (restore = resolve))
  page.stage.answers.ready = async () => {
    await stored
    page.stage.cores.at(-1).become({ status: 'unauthenticated' })
  }
  const session = createSession()
  const { state } = await createStore(createAuthSlice(session))
  assert.deepEqual(state(), LOADING)
  restore()
  await session.ready
  assert.deepEqual(state(), NOBODY)
})

test('the state follows the session', async () => {
  const { session, core } = await start({ status: 'unauthenticated' })
  const { state } = await createStore(createAuthSlice(session))
  assert.deepEqual(state(), NOBODY)
  core.become(SIGNED_IN)
  assert.deepEqual(state(), ADA)
  core.become({ lastActivityAt: 1_500_000, idleAt: 3_300_000 })
  assert.deepEqual(state(), { ...ADA, lastActivity: 1_500_000, autoLogoutTimer: 3_300_000 })
  core.become({ endsAt: 3_000_000 })
  assert.equal(state().autoLogoutTimer, 3_000_000)
  core.become({ idleAt: null })
  assert.equal(state().autoLogoutTimer, 3_000_000)
  core.emit('refresh-failed', { error: { code: 'network' }, retryAt: 1 })
  core.become({ offline: true })
  assert.equal(state().error, 'the auth server is out of reach')
})

test('what changes nothing in the state is no action', async () => {
  const { session, core } = await start()
  const { actions, state } = await createStore(createAuthSlice(session))
  const before = state()
  core.become({ refreshing: true })
  core.become({ refreshing: false, user: structuredClone(SIGNED_IN.user) })
  assert.deepEqual(actions, [])
  assert.equal(state(), before)
  core.become({ lastActivityAt: 1_000_001 })
  assert.deepEqual(
    actions.map(({ type }) => type),
    ['auth/changed'],
  )
})

test('a store that begins with the state of a server or of an earlier visit is put right', async () => {
  const { session } = await start()
  const { state } = await createStore(createAuthSlice(session), { auth: LOADING })
  assert.deepEqual(state(), ADA)
})

test('all of the state can be serialised', async () => {
  const { session, core } = await start()
  const { state } = await createStore(createAuthSlice(session, { tokens: true }))
  core.emit('refresh-failed', { error: { code: 'network' }, retryAt: 1 })
  core.become({ endsAt: 5, offline: true })
  assert.deepEqual(JSON.parse(JSON.stringify(state())), state())
})

test('the access token is in the state only where that is asked for, the refresh token never', async () => {
  const { session, core } = await start()
  const plain = await createStore(createAuthSlice(session))
  const open = await createStore(createAuthSlice(session, { tokens: true }))
  assert.deepEqual([plain.state().token, plain.state().refreshToken], [null, null])
  assert.deepEqual([open.state().token, open.state().refreshToken], [tokenOf(CLAIMS), null])
  core.become({ claims: { sub: '7', renewed: true }, expiresAt: 3_000_000 })
  assert.equal(plain.state().token, null)
  assert.equal(open.state().token, tokenOf({ sub: '7', renewed: true }))
  core.tokenAtHand = undefined
  core.become({ status: 'unauthenticated', user: null })
  assert.equal(open.state().token, null)
})

test('selectors tell the time that is left', async context => {
  const { session, core } = await start()
  const { selectors } = createAuthSlice(session)
  const { store } = await createStore(createAuthSlice(session))
  const { selectIsTokenExpired, selectTimeUntilExpiry, selectLastActivity } = selectors
  const at = now => [
    selectIsTokenExpired(store.getState(), now),
    selectTimeUntilExpiry(store.getState(), now),
  ]
  assert.deepEqual(at(1_999_999), [false, 1])
  assert.deepEqual(at(2_000_000), [true, 0])
  assert.deepEqual(at(3_000_000), [true, 0])
  assert.equal(selectLastActivity(store.getState()), 1_000_000)
  const clock = context.mock.method(Date, 'now', () => 1_500_000)
  assert.deepEqual(at(), [false, 500_000])
  clock.mock.restore()
  core.become({ expiresAt: null })
  assert.deepEqual(at(), [false, null])
  core.become({ status: 'unauthenticated', lastActivityAt: null })
  assert.deepEqual(at(), [true, null])
  assert.equal(selectLastActivity(store.getState()), null)
})

test('thunks reach the session', async () => {
  const { session, core } = await start()
  const { actions, ...auth } = createAuthSlice(session)
  const { store } = await createStore(auth)
  core.answers.verify = () => ({ valid: true })
  assert.equal(await store.dispatch(actions.refreshToken()).unwrap(), undefined)
  assert.deepEqual(await store.dispatch(actions.verifyToken()).unwrap(), { valid: true, claims: CLAIMS })
  await store.dispatch(actions.logout()).unwrap()
  await store.dispatch(actions.logout({ everywhere: true })).unwrap()
  assert.deepEqual(core.calls, [['refresh'], ['verify'], ['logout', false], ['logout', true]])
})

for (const [what, credentials, taken] of [
  [
    'of setTokens',
    { accessToken: 'a', refreshToken: 'r', expiresIn: 60 },
    { accessToken: 'a', refreshToken: 'r', expiresIn: 60 },
  ],
  [
    'of the state',
    { token: 'a', refreshToken: null, tokenExpiry: 5e11 },
    { accessToken: 'a', refreshToken: null, expiresAt: 5e11 },
  ],
  [
    'of a server',
    { access_token: 'a', refresh_token: 'r', expires_in: 60 },
    { access_token: 'a', refresh_token: 'r', expires_in: 60 },
  ],
]) {
  test(`setCredentials takes tokens by the names ${what}`, async () => {
    const { session, core } = await start()
    const { actions, ...auth } = createAuthSlice(session)
    const { store } = await createStore(auth)
    await store.dispatch(actions.setCredentials(credentials)).unwrap()
    await store
      .dispatch(actions.setCredentials({ ...credentials, user: { id: '7' }, remember: false }))
      .unwrap()
    await store.dispatch(actions.setCredentials({ ...credentials, user: null })).unwrap()
    assert.deepEqual(core.calls, [
      ['setTokens', taken, undefined, true],
      ['setTokens', { ...taken, user: { id: '7' } }, undefined, false],
      ['setTokens', taken, undefined, true],
    ])
  })
}

test('no action holds a token', async () => {
  const { session, core } = await start()
  const auth = createAuthSlice(session)
  const { store, actions } = await createStore(auth)
  core.answers.setTokens = () => core.become({ claims: { secret: 'claim' }, expiresAt: 9 })
  const secrets = { accessToken: tokenOf({ secret: 'claim' }), refreshToken: 'secret-refresh' }
  await store.dispatch(auth.actions.setCredentials(secrets))
  core.answers.setTokens = () => Promise.reject({ code: 'bad-answer', field: 'expires_in' })
  await store.dispatch(auth.actions.setCredentials(secrets))
  await store.dispatch(auth.actions.refreshToken())
  assert.deepEqual(
    actions.map(({ type }) => type),
    [
      ...['auth/setCredentials/pending', 'auth/changed', 'auth/setCredentials/fulfilled'],
      ...['auth/setCredentials/pending', 'auth/setCredentials/rejected'],
      ...['auth/refreshToken/pending', 'auth/refreshToken/fulfilled'],
    ],
  )
  const text = JSON.stringify([actions, store.getState()])
  assert.ok(!text.includes(secrets.accessToken))
  assert.ok(!text.includes(secrets.refreshToken))
})

test('a thunk that fails says why, and the state stays the session’s', async () => {
  const { session, core } = await start()
  const auth = createAuthSlice(session)
  const { store, state } = await createStore(auth)
  core.answers.refresh = () => Promise.reject({ code: 'network', retryAt: 5 })
  const refused = await store.dispatch(auth.actions.refreshToken())
  assert.ok(auth.actions.refreshToken.rejected.match(refused))
  assert.equal(refused.error.code, 'refresh-unavailable')
  core.answers.setTokens = () => Promise.reject({ code: 'bad-answer', field: 'access_token' })
  const unread = await store.dispatch(auth.actions.setCredentials({ accessToken: 'a' }))
  assert.ok(auth.actions.setCredentials.rejected.match(unread))
  assert.equal(unread.error.code, 'bad-answer')
  assert.deepEqual(state(), ADA)
})

test('when a thunk is done the state tells of it', async () => {
  const { session, core } = await start()
  const auth = createAuthSlice(session)
  const { store, state } = await createStore(auth)
  core.answers.logout = () => core.become({ status: 'unauthenticated', ...NULLS })
  await store.dispatch(auth.actions.logout())
  assert.deepEqual(state(), NOBODY)
})

const NULLS = { user: null, expiresAt: null, lastActivityAt: null, idleAt: null }

test('a slice that is combined or comes late stands as the session does', async () => {
  const { session, core } = await start()
  const auth = createAuthSlice(session)
  assert.deepEqual(combineSlices(auth)(undefined, { type: 'any' }), { auth: ADA })
  const root = combineSlices({ other: (state = 0) => state })
  const store = configureStore({
    reducer: root,
    middleware: defaults => defaults(CHECKS).concat(auth.middleware),
  })
  await settled()
  auth.injectInto(root)
  core.become({ lastActivityAt: 1_000_001 })
  assert.equal(auth.selectors.selectLastActivity(store.getState()), 1_000_001)
})

test('on a server the state is that with which a browser begins', async () => {
  closePage()
  const session = createSession()
  await session.ready
  const { state, actions } = await createStore(createAuthSlice(session, { tokens: true }))
  assert.deepEqual(state(), LOADING)
  assert.deepEqual(actions, [])
})
