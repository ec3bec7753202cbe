import assert from 'node:assert/strict'
import test from 'node:test'
import { MINUTE, SECOND } from './support/durations.mjs'
import { eventually } from './support/eventually.mjs'
import { createWorld } from './support/world.mjs'

test('a server that is down when a refresh is due signs nobody out, and the session recovers by itself', async t => {
  const world = await createWorld(t)
  const tabs = await world.signedInTabs(2)
  const { refreshAt, expiresAt } = await tabs[0].snapshot()
  await world.server.kill()

  await world.forwardTo(refreshAt, SECOND)
  for (const tab of tabs) {
    await eventually(async () => assert.equal(await tab.isVisible('offline'), true))
    assert.equal((await tab.snapshot()).status, 'authenticated')
  }
  await tabs[0].act()
  await world.agreesOnActivity(tabs)

  await world.forwardTo(expiresAt, MINUTE)
  for (const tab of tabs) {
    assert.equal((await tab.snapshot()).status, 'authenticated')
    assert.equal(await refusalOfToken(tab), 'refresh-unavailable')
  }

  await world.server.start()
  // In small steps: a leap would be the end of a request that is under way.
  await eventually(async () => {
    if (world.traffic.statuses('/refresh').length === 0) await world.forward(SECOND)
    assert.deepEqual(world.traffic.statuses('/refresh'), [200])
  })
  for (const tab of tabs) {
    await tab.showsGeneration(2)
    await eventually(async () => assert.equal(await tab.isVisible('offline'), false))
    assert.equal(await tab.callProtected(), 200)
    assert.equal((await tab.events()).includes('end'), false)
  }
  assert.deepEqual(world.traffic.statuses('/refresh'), [200])
  await eventually(() => assert.equal(world.server.refreshes(), 1))
})

/** With which code the session refuses to hand out a token. */
function refusalOfToken(tab) {
  return tab.evaluate(() =>
    globalThis.demoSession.getAccessToken().then(
      () => 'none',
      error => error.code,
    ),
  )
}
