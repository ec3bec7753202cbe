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

const PROFILE = 'event-booking'
const CREDENTIALS = { email: ADA, password: PASSWORD }

test('EB11 EB13 event-booking: register, work, log out, log in; a logout leaves no token and no timer', async t => {
  const world = await createSystem(t, PROFILE)
  const [here, there] = await registeredTabs(world, 2)
  assert.equal(await here.callProtected(), 200)
  assert.equal((await here.session('verify')).valid, true)
  const { expiresAt } = await here.snapshot()
  const kept = JSON.parse(await here.stored())[0]
  const tokens = world.traffic.grants('/register').flatMap(grant => [grant.access_token, grant.refresh_token])
  for (const text of [...tokens, String(expiresAt)])
    assert.ok(JSON.stringify(kept).includes(text), 'it is not in localStorage')

  await logOut(here)
  await areSentToSignIn([here, there], 'logout')
  await eventually(() => assert.deepEqual(world.traffic.statuses('/logout'), [204]))
  const left = await here.stored()
  for (const token of tokens) assert.equal(left.includes(token), false)

  await there.session('login', CREDENTIALS)
  for (const tab of [here, there]) {
    await tab.shows('authenticated')
    assert.equal(await tab.callProtected(), 200)
  }
  // These pages are where the session leads, and stay.
  await logOut(there)
  for (const tab of [here, there]) await tab.showsEnd('logout')
  await eventually(() => assert.deepEqual(world.traffic.statuses('/logout'), [204, 204]))
  for (const tab of [here, there])
    await eventually(async () => assert.equal(await tab.evaluate(() => testPage.timers.size), 0))
  const { count } = world.traffic
  await world.forward(8 * HOUR)
  assert.equal(world.traffic.count, count)
})

test('EB4 event-booking: the token is renewed five minutes before it expires, once for two tabs', async t => {
  const world = await createSystem(t, PROFILE)
  const tabs = await registeredTabs(world, 2)
  const { expiresAt } = await tabs[0].snapshot()

  // Up to a tenth of the five minutes is taken off, in the same way in all tabs.
  await world.forwardTo(expiresAt, -5 * MINUTE - SECOND)
  assert.equal(world.traffic.to('/refresh').length, 0)
  await world.forward(32 * SECOND)
  for (const tab of tabs) await tab.showsGeneration(2)
  assert.deepEqual(world.traffic.statuses('/refresh'), [200])
  assert.equal(world.server.reuses(), 0)
  for (const tab of tabs) {
    await tab.arrivesAt('/')
    assert.equal(await tab.callProtected(), 200)
  }
})

test('EB5 EB6 event-booking: mouse, keyboard, scrolling and touch each keep the session, and half an hour without ends it', async t => {
  const world = await createSystem(t, PROFILE)
  const tabs = await registeredTabs(world, 2)
  for (const kind of ['mouse', 'keyboard', 'wheel', 'touch']) {
    const before = await tabs[1].snapshot()
    await world.forward(20 * MINUTE)
    await tabs[0].act(kind)
    // The other tab tells its page at once.
    await eventually(async () => {
      const { lastActivityAt, idleAt } = await tabs[1].snapshot()
      assert.ok(lastActivityAt - before.lastActivityAt >= 20 * MINUTE, `${kind} does not count`)
      assert.equal(idleAt, lastActivityAt + 30 * MINUTE)
    })
  }
  const { idleAt } = await tabs[0].snapshot()
  await world.forwardTo(idleAt, -SECOND)
  for (const tab of tabs) assert.equal((await tab.snapshot()).status, 'authenticated')
  await world.forward(2 * SECOND)
  await areSentToSignIn(tabs, 'idle')
})

test('EB6 event-booking: a token that fails verification ends the session, with that reason', async t => {
  const world = await createSystem(t, PROFILE)
  const tabs = await registeredTabs(world, 2)
  const [{ access_token }] = world.traffic.grants('/register')
  assert.equal((await world.server.post('/logout', {}, access_token)).status, 204)

  await tabs[0].evaluate(() => void globalThis.demoSession.verify())
  await areSentToSignIn(tabs, 'token-invalid')
})

test('EB6 event-booking: a refresh token that is refused for good ends the session, with that reason', async t => {
  const world = await createSystem(t, PROFILE)
  const tabs = await registeredTabs(world, 2)
  const elsewhere = await accessTokenElsewhere(world, '/login', CREDENTIALS)
  assert.equal((await world.server.post('/logout', { everywhere: true }, elsewhere)).status, 204)

  const { refreshAt, expiresAt } = await tabs[0].snapshot()
  await world.forwardTo(refreshAt, SECOND)
  for (const tab of tabs)
    await eventually(async () => assert.equal((await tab.events()).at(-1), 'refresh-rejected'))
  await tabs[0].act()
  await world.agreesOnActivity(tabs)
  await world.forwardTo(expiresAt, SECOND)
  await areSentToSignIn(tabs, 'refresh-rejected')
  assert.deepEqual(world.traffic.statuses('/refresh'), [401])
})

test('EB6 event-booking: a token that expires and cannot be renewed ends the session, with that reason', async t => {
  const world = await createSystem(t, PROFILE)
  const tabs = await registeredTabs(world, 2)
  const answer = await (await world.server.post('/login', CREDENTIALS)).json()
  const tokens = { accessToken: answer.access_token, expiresIn: 10 * 60 }
  await tabs[0].session('setTokens', tokens, { as: 'login' })
  await eventually(async () => assert.equal(await tabs[1].accessToken(), answer.access_token))

  await world.forward(10 * MINUTE + SECOND)
  await areSentToSignIn(tabs, 'expired')
})

test('EB6 EB10 event-booking: a server that is down keeps the session, offline, and is all that is logged', async t => {
  const world = await createSystem(t, PROFILE)
  const tabs = await registeredTabs(world, 2)
  const { refreshAt } = await tabs[0].snapshot()
  for (const tab of tabs) assert.deepEqual(await tab.heard(), [])
  await world.server.kill()
  await world.forwardTo(refreshAt, SECOND)
  for (const tab of tabs)
    await eventually(async () => {
      const { status, offline } = await tab.snapshot()
      assert.deepEqual({ status, offline }, { status: 'authenticated', offline: true })
    })
  const heard = (await Promise.all(tabs.map(tab => tab.heard()))).flat()
  assert.equal(heard.length, 1, heard.join('\n'))
  assert.match(heard[0], /^"\[session-warden\] refresh-failed" /)
  await world.server.start()
  await tabs[0].session('refresh')
  for (const tab of tabs) {
    await tab.showsGeneration(2)
    assert.equal((await tab.snapshot()).offline, false)
  }
})

test('EB8 event-booking: a 401 is answered with one refresh and one retry, unseen by the caller', async t => {
  const world = await createSystem(t, PROFILE, { accessTtl: '2s' })
  world.stopClock()
  const [tab] = await registeredTabs(world, 1)
  await world.server.refuses(await tab.accessToken())
  assert.equal(await tab.callProtected(), 200)
  assert.deepEqual(world.traffic.statuses('/my-bookings'), [401, 200])
  assert.deepEqual(world.traffic.statuses('/refresh'), [200])
})

test('EB9 event-booking: a login that the page sends by itself is taken up without another request', async t => {
  const world = await createSystem(t, PROFILE)
  await world.server.post('/register', CREDENTIALS)
  const tabs = [await world.open(), await world.open()]
  const { count } = world.traffic
  const answer = await tabs[0].evaluate(async credentials => {
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify(credentials)
    return (await globalThis.demoSession.fetch('/login', { method: 'POST', headers, body })).json()
  }, CREDENTIALS)
  for (const tab of tabs) await tab.shows('authenticated')
  assert.equal(await tabs[0].accessToken(), answer.access_token)
  assert.equal((await tabs[1].snapshot()).user.email, ADA)
  assert.equal(world.traffic.count, count + 1)
  assert.equal(await tabs[1].callProtected(), 200)
})

test('EB11 event-booking: a password change keeps this session in all its tabs and ends the others', async t => {
  const world = await createSystem(t, PROFILE)
  const tabs = await registeredTabs(world, 2)
  const elsewhere = await accessTokenElsewhere(world, '/login', CREDENTIALS)
  const before = await tabs[0].accessToken()
  await tabs[0].session('changePassword', {
    current_password: PASSWORD,
    new_password: `${PASSWORD}, changed`,
  })
  for (const tab of tabs) {
    await eventually(async () => assert.notEqual(await tab.accessToken(), before))
    assert.equal(await tab.callProtected(), 200)
  }
  await world.server.refuses(elsewhere)
})
