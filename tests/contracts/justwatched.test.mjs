import assert from 'node:assert/strict'
import test from 'node:test'
import { MINUTE, SECOND } from '../e2e/support/durations.mjs'
import { eventually } from '../e2e/support/eventually.mjs'
import {
  ADA,
  accessTokenElsewhere,
  areSentToSignIn,
  createSystem,
  PASSWORD,
  registeredTabs,
} from './support/systems.mjs'

const PROFILE = 'justwatched'
const CREDENTIALS = { email: ADA, password: PASSWORD }
const ME = '/api/v1/users/me'
const REFRESH = '/api/v1/auth/refresh'

test('JW2 justwatched: a refresh does not name the user, and changes none', async t => {
  const world = await createSystem(t, PROFILE)
  const tabs = await registeredTabs(world, 2)
  const before = await tabs[0].snapshot()
  assert.equal(before.claims.sub, world.traffic.grants('/api/v1/auth/register')[0].user_id)
  assert.equal(Math.round((before.expiresAt - Date.now()) / MINUTE), 60)

  await world.forwardTo(before.refreshAt, SECOND)
  for (const tab of tabs) {
    await tab.showsGeneration(2)
    assert.equal((await tab.snapshot()).claims.sub, before.claims.sub)
    assert.equal((await tab.events()).includes('user-changed'), false)
    assert.equal(await tab.callProtected(ME), 200)
  }
  assert.deepEqual(world.traffic.statuses(REFRESH), [200])
})

test('JW4 justwatched: new tokens beside any answer are taken up together, once and in all tabs', async t => {
  // Younger than the server's five minutes: it renews whatever brings the refresh token.
  const world = await createSystem(t, PROFILE, { accessTtl: '4m' })
  const tabs = await registeredTabs(world, 2)
  const [{ refresh_token }] = world.traffic.grants('/api/v1/auth/register')
  const renewed = await tabs[0].evaluate(
    async (path, token) => {
      const headers = { 'x-refresh-token': token }
      const response = await globalThis.demoSession.fetch(path, { headers })
      return response.headers.get('x-new-access-token')
    },
    ME,
    refresh_token,
  )
  for (const tab of tabs) {
    await tab.showsGeneration(2)
    assert.equal(await tab.accessToken(), renewed)
    assert.equal(await tab.callProtected(ME), 200)
  }
  // The refresh token came along: the first one is dead by now.
  await tabs[1].session('refresh')
  for (const tab of tabs) {
    await tab.showsGeneration(3)
    assert.deepEqual((await tab.events()).filter(isRefresh), ['refresh', 'refresh'])
  }
  assert.deepEqual(world.traffic.statuses(REFRESH), [200])
  assert.equal(world.server.reuses(), 0)
})

test('JW3 JW4 justwatched: without an endpoint for refreshes one request to a resource renews the tokens', async t => {
  const world = await createSystem(t, PROFILE, { block: 1, accessTtl: '4m' })
  const tabs = await registeredTabs(world, 2)
  const { refreshAt } = await tabs[0].snapshot()
  for (const tab of tabs) assert.equal(await tab.callProtected('/api/v1/watchlist'), 200)
  await world.forwardTo(refreshAt, SECOND)
  for (const tab of tabs) {
    await tab.showsGeneration(2)
    assert.equal(await tab.callProtected('/api/v1/watchlist'), 200)
  }
  const withRefreshToken = [ME, '/api/v1/watchlist']
    .flatMap(path => world.traffic.to(path))
    .filter(({ headers }) => headers['x-refresh-token'] !== undefined)
  assert.deepEqual(
    withRefreshToken.map(({ path, status }) => [path, status]),
    [[ME, 200]],
  )
  assert.equal(world.server.reuses(), 0)
})

test('JW5 JW9 justwatched: the classes of its guide', async t => {
  const world = await createSystem(t, PROFILE)
  await world.server.post('/api/v1/auth/register', CREDENTIALS)
  const tab = await world.open()
  const lived = await tab.evaluate(async ({ email, password }) => {
    const { ApiClient, TokenManager } = globalThis.compat
    const tokens = new TokenManager(globalThis.demoSession)
    const api = new ApiClient('/api/v1', tokens)
    const lived = { before: [tokens.getAccessToken(), tokens.isTokenExpired(), tokens.shouldRefreshToken()] }
    const refused = error => [error.code, error.status]
    lived.signedOut = await api.get('/users/me').catch(refused)
    lived.wrong = await tokens.login(email, 'Wrong horse 7').catch(refused)
    lived.login = await tokens.login(email, password)
    lived.after = [tokens.getAccessToken(), tokens.isTokenExpired(), tokens.shouldRefreshToken()]
    lived.inAnHour = tokens.shouldRefreshToken(61)
    lived.me = await api.get('/users/me')
    lived.post = await api.post('/watchlist', { title: 'Metropolis' })
    lived.list = await api.request('/watchlist')
    lived.put = await api.put('/watchlist', { title: 'M' }).catch(refused)
    lived.refreshed = await tokens.refreshTokens()
    lived.atHand = tokens.getAccessToken()
    const { sessions } = await api.get('/auth/sessions')
    lived.deleted = await api.delete(`/auth/sessions/${sessions.find(({ current }) => !current).id}`)
    return lived
  }, CREDENTIALS)

  assert.deepEqual(lived.before, [null, true, true])
  assert.deepEqual(lived.signedOut, ['signed-out', null])
  assert.deepEqual(lived.wrong, ['http', 401])
  const [{ access_token, user_id, expires_in }] = world.traffic.grants('/api/v1/auth/login')
  assert.deepEqual(lived.login, { access_token, refresh_token: '', user_id, expires_in })
  assert.deepEqual(lived.after, [access_token, false, false])
  assert.equal(lived.inAnHour, true)
  assert.equal(lived.me.email, ADA)
  assert.deepEqual(
    lived.list.items.map(({ title }) => title),
    [lived.post.title],
  )
  assert.deepEqual(lived.put, ['http', 405])
  assert.equal(lived.refreshed.access_token, world.traffic.grants(REFRESH)[0].access_token)
  assert.equal(lived.atHand, lived.refreshed.access_token)
  assert.equal(lived.deleted, null)

  await tab.evaluate(() => void new globalThis.compat.TokenManager(globalThis.demoSession).clearTokens())
  await areSentToSignIn([tab], 'logout')
})

test('JW6 justwatched: when a refresh is refused for good, all is cleared and the login page comes', async t => {
  const world = await createSystem(t, PROFILE)
  const tabs = await registeredTabs(world, 2)
  const elsewhere = await accessTokenElsewhere(world, '/api/v1/auth/login', CREDENTIALS)
  const logout = world.server.post('/api/v1/auth/logout', { everywhere: true }, elsewhere)
  assert.equal((await logout).status, 204)
  const { refreshAt, expiresAt } = await tabs[0].snapshot()
  await world.forwardTo(refreshAt, SECOND)
  for (const tab of tabs)
    await eventually(async () => assert.equal((await tab.events()).at(-1), 'refresh-rejected'))
  await world.forwardTo(expiresAt, SECOND)
  await areSentToSignIn(tabs, 'refresh-rejected')
  assert.equal(await tabs[0].accessToken(), null)
  assert.equal(await tabs[0].callProtected(ME), 401)
})

test('JW7 justwatched: no token can be read where it is kept, and a used refresh token is dead at once', async t => {
  const world = await createSystem(t, PROFILE)
  const tabs = await registeredTabs(world, 2)
  await tabs[0].reload()
  await tabs[0].shows('authenticated')
  await tabs[0].session('refresh')
  await tabs[1].showsGeneration(2)
  const grants = ['/api/v1/auth/register', REFRESH].flatMap(path => world.traffic.grants(path))
  const stored = await tabs[0].stored()
  for (const { access_token, refresh_token } of grants)
    for (const token of [access_token, refresh_token]) assert.equal(stored.includes(token), false)

  const [{ refresh_token }] = grants
  assert.equal((await world.server.post(REFRESH, { refresh_token })).status, 401)
})

function isRefresh(event) {
  return event === 'refresh'
}
