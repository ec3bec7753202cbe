import assert from 'node:assert/strict'
import test from 'node:test'
import { HOUR, MINUTE, SECOND } from '../e2e/support/durations.mjs'
import { eventually } from '../e2e/support/eventually.mjs'
import {
  ADA,
  accessTokenElsewhere,
  areSentToSignIn,
  createSystem,
  logOut,
  PASSWORD,
  registeredTabs,
} from './support/systems.mjs'

const PROFILE = 'session-guide'
const CREDENTIALS = { email: ADA, password: PASSWORD }
const DAY = 24 * HOUR
const NOTES = '/api/notes'
const REFRESH = '/api/auth/refresh'

test('SG1 SG5 session-guide: the one token is presented to get the next, and opens nothing from then on', async t => {
  const world = await createSystem(t, PROFILE)
  const tabs = await registeredTabs(world, 2)
  const first = await tabs[0].accessToken()
  await tabs[0].session('refresh')
  for (const tab of tabs) await tab.showsGeneration(2)

  const [{ headers }] = world.traffic.to(REFRESH)
  assert.equal(headers.authorization, `Bearer ${first}`)
  const [{ token }] = world.traffic.grants(REFRESH)
  for (const tab of tabs) {
    assert.equal(await tab.accessToken(), token)
    assert.equal(await tab.callProtected(NOTES), 200)
  }
  await world.server.refuses(first, NOTES)
  assert.equal((await tabs[0].session('verify')).valid, true)
  assert.equal((await tabs[0].stored()).includes(first), false)
})

test('SG3 session-guide: the token is renewed in its last two hours, once for two tabs', async t => {
  const world = await createSystem(t, PROFILE)
  const tabs = await registeredTabs(world, 2)
  const { expiresAt, refreshAt } = await tabs[0].snapshot()
  // Up to a tenth of the two hours is taken off.
  assert.ok(expiresAt - refreshAt <= 2 * HOUR && expiresAt - refreshAt >= 1.8 * HOUR)
  // The guide wants a look every half hour.
  const looks = await tabs[0].evaluate(() => [...testPage.timers.values()].map(({ delay }) => delay))
  assert.ok(Math.min(...looks) <= 30 * MINUTE)

  await world.forwardTo(refreshAt, -MINUTE)
  assert.equal(world.traffic.to(REFRESH).length, 0)
  await world.forward(2 * MINUTE)
  for (const tab of tabs) await tab.showsGeneration(2)
  assert.deepEqual(world.traffic.statuses(REFRESH), [200])
})

test('SG3 session-guide: a refresh that fails is nobody’s business, until the server refuses for good', async t => {
  const world = await createSystem(t, PROFILE)
  const tabs = await registeredTabs(world, 2)
  const { refreshAt, expiresAt } = await tabs[0].snapshot()
  await world.server.kill()
  await world.forwardTo(refreshAt, SECOND)
  for (const tab of tabs) {
    await eventually(async () => assert.equal((await tab.snapshot()).offline, true))
    assert.equal((await tab.snapshot()).status, 'authenticated')
    await tab.arrivesAt('/')
  }

  await world.server.start()
  const token = await tabs[0].accessToken()
  assert.equal((await world.server.post('/api/auth/logout', {}, token)).status, 204)
  await tabs[0].evaluate(() => void globalThis.demoSession.refresh().catch(() => {}))
  await eventually(async () => assert.equal((await tabs[1].events()).at(-1), 'refresh-rejected'))
  await world.forwardTo(expiresAt, SECOND)
  await areSentToSignIn(tabs, 'expired')
  assert.deepEqual(world.traffic.statuses(REFRESH), [401])
})

test('SG2 session-guide: a token lives for a day, and for thirty where it is to be remembered', async t => {
  const world = await createSystem(t, PROFILE)
  const [tab] = await registeredTabs(world, 1)
  const lifetime = async () => {
    const { expiresAt } = await tab.snapshot()
    return Math.round((expiresAt - Date.now()) / MINUTE)
  }
  assert.equal(await lifetime(), DAY / MINUTE)
  await tab.session('login', { ...CREDENTIALS, remember_me: true }, { remember: true })
  assert.equal(await lifetime(), (30 * DAY) / MINUTE)
  await tab.session('refresh')
  assert.equal(await lifetime(), (30 * DAY) / MINUTE)
})

test('SG2 session-guide: without "remember me" the session ends with the browser', async t => {
  const world = await createSystem(t, PROFILE)
  await world.server.post('/api/auth/register', CREDENTIALS)
  const shownAfterClosing = async remember => {
    const tab = await world.open()
    await tab.session('login', { ...CREDENTIALS, remember_me: remember }, { remember })
    await tab.reload()
    await tab.shows('authenticated')
    // What becomes of the cookies of a browser's session when it is closed.
    await tab.dropCookies()
    await tab.close()
    const next = await world.open()
    const { status, endReason } = await next.snapshot()
    await next.close()
    return { status, endReason }
  }
  assert.deepEqual(await shownAfterClosing(true), { status: 'authenticated', endReason: null })
  assert.deepEqual(await shownAfterClosing(false), { status: 'unauthenticated', endReason: 'browser-closed' })
})

test('SG2 session-guide: a token that expired while the server was out of reach is presented once, then it is over', async t => {
  const world = await createSystem(t, PROFILE, { accessTtl: '4s' })
  const tabs = await registeredTabs(world, 2)
  await world.server.kill()
  for (const tab of tabs)
    await eventually(async () => {
      const { status, offline, expiresAt } = await tab.snapshot()
      assert.deepEqual({ status, offline }, { status: 'authenticated', offline: true })
      assert.ok(Date.now() > expiresAt, 'it has not expired yet')
    })
  await world.server.start()
  await tabs[1].evaluate(() => void globalThis.demoSession.refresh().catch(() => {}))
  await areSentToSignIn(tabs, 'expired')
  assert.deepEqual(world.traffic.statuses(REFRESH), [401])
})

test('SG4 SG5 session-guide: a logout ends one session, logout-all all of them', async t => {
  const world = await createSystem(t, PROFILE)
  const [here, there] = await registeredTabs(world, 2)
  const elsewhere = await accessTokenElsewhere(world, '/api/auth/login', CREDENTIALS)
  const token = await here.accessToken()
  await logOut(here)
  await areSentToSignIn([here, there], 'logout')
  await world.server.refuses(token, NOTES)
  assert.equal((await world.server.get(NOTES, elsewhere)).status, 200)

  await there.session('login', CREDENTIALS)
  await logOut(there, { everywhere: true })
  await eventually(() => assert.deepEqual(world.traffic.statuses('/api/auth/logout-all'), [204]))
  await world.server.refuses(elsewhere, NOTES)
})

test('SG4 SG6 session-guide: a password change brings a new token here and ends all other sessions', async t => {
  const world = await createSystem(t, PROFILE)
  const tabs = await registeredTabs(world, 2)
  const elsewhere = await accessTokenElsewhere(world, '/api/auth/login', CREDENTIALS)
  const before = await tabs[0].accessToken()
  await tabs[0].session('changePassword', {
    current_password: PASSWORD,
    new_password: `${PASSWORD}, changed`,
  })
  for (const tab of tabs) {
    await eventually(async () => assert.notEqual(await tab.accessToken(), before))
    assert.equal(await tab.callProtected(NOTES), 200)
  }
  await world.server.refuses(elsewhere, NOTES)
})

test('SG6 session-guide: the service of its guide: refreshToken, needsTokenRefresh, getCurrentUser', async t => {
  const world = await createSystem(t, PROFILE)
  const tabs = await registeredTabs(world, 2)
  const ask = (method, tab = tabs[0]) =>
    tab.evaluate(method => {
      const { compat, demoSession } = globalThis
      return compat.createAuthService(demoSession)[method]()
    }, method)
  assert.equal((await ask('getCurrentUser')).email, ADA)
  assert.equal(await ask('needsTokenRefresh'), false)
  const before = await tabs[0].accessToken()
  assert.equal((await ask('refreshToken')).status, 'authenticated')
  assert.notEqual(await tabs[0].accessToken(), before)

  const { refreshAt } = await tabs[0].snapshot()
  const held = world.traffic.nextAnswerHeld(REFRESH, tabs)
  await world.forwardTo(refreshAt, SECOND)
  const { deliver } = await held
  for (const tab of tabs) assert.equal(await ask('needsTokenRefresh', tab), true)
  await deliver()
  for (const tab of tabs) await tab.showsGeneration(3)
  assert.equal(await ask('needsTokenRefresh'), false)
})

test('SG8 session-guide: the page’s log tells of refreshes, failures and ends, and never a token', async t => {
  const edits = { 'idleTimeout: 0': "logLevel: 'debug', idleTimeout: 0" }
  const world = await createSystem(t, PROFILE, { edits })
  const tabs = await registeredTabs(world, 2)
  const tokens = [await tabs[0].accessToken()]
  await tabs[0].session('refresh')
  for (const tab of tabs) await tab.showsGeneration(2)
  tokens.push(await tabs[0].accessToken())
  const { refreshAt } = await tabs[0].snapshot()
  await world.server.kill()
  await world.forwardTo(refreshAt, SECOND)
  for (const tab of tabs) await eventually(async () => assert.equal((await tab.snapshot()).offline, true))

  const heard = await Promise.all(tabs.map(tab => tab.heard()))
  const told = name => lines => lines.some(line => line.startsWith(`"[session-warden] ${name}"`))
  assert.ok(told('login')(heard[0]))
  for (const lines of heard) {
    assert.ok(told('refresh')(lines) && told('change')(lines))
    for (const secret of [PASSWORD, ...tokens])
      assert.equal(
        lines.some(line => line.includes(secret.split('.').at(-1))),
        false,
      )
  }
  assert.ok(heard.some(told('refresh-failed')))
})
