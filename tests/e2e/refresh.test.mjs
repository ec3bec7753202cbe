import assert from 'node:assert/strict'
import test from 'node:test'
import { MINUTE, SECOND } from './support/durations.mjs'
import { eventually } from './support/eventually.mjs'
import { createWorld } from './support/world.mjs'

test('a refresh happens five minutes before expiry, once for two tabs', async t => {
  const world = await createWorld(t)
  const tabs = await world.signedInTabs(2)
  const { expiresAt, refreshAt } = await tabs[0].snapshot()
  // Up to a tenth of the lead is taken off, so that not all users of a server come at once.
  const lead = expiresAt - refreshAt
  assert.ok(lead > 4.5 * MINUTE && lead <= 5 * MINUTE, `the lead is ${lead} ms`)

  await world.forwardTo(refreshAt, -10 * SECOND)
  for (const tab of tabs) assert.equal(await tab.callProtected(), 200)
  assert.equal(world.traffic.to('/refresh').length, 0)

  await world.forward(11 * SECOND)
  for (const tab of tabs) await tab.showsGeneration(2)
  const [one, other] = await Promise.all(tabs.map(tab => tab.snapshot()))
  assert.equal(one.expiresAt, other.expiresAt)
  const lifetime = one.expiresAt - refreshAt
  assert.ok(lifetime >= 30 * MINUTE && lifetime < 31 * MINUTE, `the new token lives for ${lifetime} ms`)

  await world.forward(MINUTE)
  for (const tab of tabs) assert.equal(await tab.callProtected(), 200)
  for (const tab of tabs) assert.deepEqual((await tab.events()).filter(isRefresh), ['refresh'])
  assert.deepEqual(world.traffic.statuses('/refresh'), [200])
  await eventually(() => assert.equal(world.server.refreshes(), 1))
})

test('a 401 on the protected route is refreshed and retried once, unseen by the caller', async t => {
  const world = await createWorld(t, { accessTtl: '2s' })
  const [tab] = await world.signedInTabsOfStoppedClock(1)
  await world.server.refuses(await tab.accessToken())

  assert.equal(await tab.callProtected(), 200)
  assert.deepEqual(world.traffic.statuses('/my-bookings'), [401, 200])
  assert.deepEqual(world.traffic.statuses('/refresh'), [200])
})

test('many calls that are answered 401 in two tabs share one refresh', async t => {
  const world = await createWorld(t, { accessTtl: '2s' })
  const tabs = await world.signedInTabsOfStoppedClock(2)
  await world.server.refuses(await tabs[0].accessToken())

  const calls = [...tabs, ...tabs, ...tabs].map(tab => tab.callProtected())
  assert.deepEqual(
    await Promise.all(calls),
    calls.map(() => 200),
  )
  assert.deepEqual(world.traffic.statuses('/refresh'), [200])
  assert.equal(world.server.reuses(), 0)
})

function isRefresh(event) {
  return event === 'refresh'
}
