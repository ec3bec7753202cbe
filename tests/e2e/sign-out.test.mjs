import assert from 'node:assert/strict'
import test from 'node:test'
import { MINUTE, SECOND } from './support/durations.mjs'
import { eventually } from './support/eventually.mjs'
import { createWorld } from './support/world.mjs'

test('a logout in one tab empties the other one at once', async t => {
  const world = await createWorld(t)
  const [here, there] = await world.signedInTabs(2)
  assert.equal(await there.callProtected(), 200)
  assert.ok(authorizationOfLastCall(world, there))

  const ended = there.evaluate(
    () => new Promise(resolve => globalThis.demoSession.on('end', event => resolve(event.endedBy))),
  )
  // Makes sure that the listener is there.
  await there.snapshot()
  const clicked = performance.now()
  await here.click('log-out')
  assert.equal(await ended, 'other-tab')
  const took = performance.now() - clicked
  assert.ok(took < SECOND, `it took ${took} ms`)

  assert.equal(await there.evaluate(() => globalThis.demoSession.peekAccessToken()), null)
  assert.equal(await there.callProtected(), 401)
  assert.equal(authorizationOfLastCall(world, there), undefined)
  for (const tab of [here, there]) await tab.showsEnd('logout')
  await eventually(() => assert.deepEqual(world.traffic.statuses('/logout'), [204]))
  for (const tab of [here, there]) {
    await tab.reload()
    await tab.shows('unauthenticated')
  }
})

test('a refresh that is under way at a logout does not bring the session back', async t => {
  const world = await createWorld(t)
  const tabs = await world.signedInTabs(2)
  const { refreshAt } = await tabs[0].snapshot()
  const held = world.traffic.nextAnswerHeld('/refresh', tabs)
  await world.forwardTo(refreshAt, SECOND)
  const { tab: refreshing, body, deliver } = await held

  await refreshing.click('log-out')
  for (const tab of tabs) await tab.showsEnd('logout')
  await eventually(() => assert.deepEqual(world.traffic.statuses('/logout'), [204]))
  await deliver()
  await world.forward(MINUTE)

  for (const tab of tabs) {
    assert.equal(await tab.callProtected(), 401)
    assert.deepEqual((await tab.events()).at(-1), 'end')
    assert.equal((await tab.stored()).includes(body.access_token), false)
    await tab.reload()
    await tab.shows('unauthenticated')
  }
  assert.equal((await world.server.post('/verify', {}, body.access_token)).status, 401)
  const { refresh_token } = body
  assert.equal((await world.server.post('/refresh', { refresh_token })).status, 401)
})

test('a logout in one tab ends a refresh that is under way in another', async t => {
  const world = await createWorld(t)
  const tabs = await world.signedInTabs(2)
  const { refreshAt } = await tabs[0].snapshot()
  const held = world.traffic.nextAnswerHeld('/refresh', tabs)
  await world.forwardTo(refreshAt, SECOND)
  const { tab: refreshing, body, deliver } = await held

  await tabs.find(tab => tab !== refreshing).click('log-out')
  await deliver()
  for (const tab of tabs) await tab.showsEnd('logout')
  await eventually(() => assert.ok(world.traffic.statuses('/logout').includes(204)))
  await world.forward(MINUTE)
  for (const tab of tabs) {
    assert.equal(await tab.callProtected(), 401)
    assert.equal((await tab.stored()).includes(body.access_token), false)
  }
  await eventually(async () =>
    assert.equal((await world.server.post('/verify', {}, body.access_token)).status, 401),
  )
})

test('a session that was revoked elsewhere ends in all tabs when its refresh is refused', async t => {
  const world = await createWorld(t)
  const tabs = await world.signedInTabs(2)
  const { refreshAt, expiresAt } = await tabs[0].snapshot()
  const elsewhere = await world.inAnotherBrowser()
  const remote = await elsewhere.open()
  await remote.signedIn('log-in', 'ada@example.com')
  await remote.click('log-out-everywhere')
  await remote.showsEnd('logout')

  await world.forwardTo(refreshAt, SECOND)
  for (const tab of tabs) {
    await eventually(async () => assert.equal((await tab.events()).at(-1), 'refresh-rejected'))
    // The access token may be used as long as it lives, so that nobody loses what is being typed.
    assert.equal((await tab.snapshot()).status, 'authenticated')
  }
  await tabs[0].act()
  await world.agreesOnActivity(tabs)
  await world.forwardTo(expiresAt, SECOND)
  for (const tab of tabs) await tab.showsEnd('refresh-rejected')
  assert.deepEqual(world.traffic.statuses('/refresh'), [401])
  assert.equal(world.traffic.to('/logout').length, 0)
})

const CLEARINGS = {
  'all of localStorage': () => localStorage.clear(),
  'the key of the session': () => localStorage.removeItem('session-warden:session'),
}

for (const [what, clear] of Object.entries(CLEARINGS)) {
  test(`failure 37: ${what} removed in one tab: all tabs sign out and stay out`, async t => {
    const world = await createWorld(t)
    const tabs = await world.signedInTabs(3)
    await tabs[0].evaluate(clear)
    // Whoever removes it has no event of it, and hears from the others.
    for (const tab of tabs) {
      await tab.showsEnd('storage-cleared', SECOND)
      assert.equal(await tab.callProtected(), 401)
      assert.deepEqual(await tab.heard(), [])
    }
    await tabs[0].reload()
    await tabs[0].shows('unauthenticated')
  })

  test(`failure 37: ${what} removed in the middle of a refresh: its answer brings nothing back`, async t => {
    const world = await createWorld(t)
    const tabs = await world.signedInTabs(2)
    const { refreshAt } = await tabs[0].snapshot()
    const held = world.traffic.nextAnswerHeld('/refresh', tabs)
    await world.forwardTo(refreshAt, SECOND)
    const { tab: refreshing, body, deliver } = await held
    const other = tabs.find(tab => tab !== refreshing)

    await other.evaluate(clear)
    await refreshing.showsEnd('storage-cleared', SECOND)
    await deliver()
    await world.forward(31 * SECOND)
    for (const tab of tabs) {
      await tab.showsEnd('storage-cleared', SECOND)
      assert.equal((await tab.stored()).includes(body.access_token), false)
      await tab.reload()
      await tab.shows('unauthenticated')
    }
  })
}

function authorizationOfLastCall(world, tab) {
  return world.traffic.to('/my-bookings', tab).at(-1).headers.authorization
}
