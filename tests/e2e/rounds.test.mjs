import assert from 'node:assert/strict'
import test from 'node:test'
import { MINUTE, SECOND } from './support/durations.mjs'
import { eventually } from './support/eventually.mjs'
import { createWorld } from './support/world.mjs'

const ROUNDS = Number(process.env.SESSION_WARDEN_ROUNDS ?? 5)

test('twenty tabs due at the same moment refresh once and stay signed in, round after round', async t => {
  assert.ok(ROUNDS > 0)
  const world = await createWorld(t)
  const tabs = await world.signedInTabs(20)
  for (const tab of tabs) await tab.evaluate(countRefreshes)
  const began = performance.now()
  for (let round = 1; round <= ROUNDS; round++) {
    // Somebody works, or the session would end for idleness after half an hour.
    await tabs[round % tabs.length].act()
    await world.agreesOnActivity(tabs, MINUTE)
    const { refreshAt } = await tabs[0].snapshot()

    await world.forwardTo(refreshAt, SECOND)
    await Promise.all(tabs.map(tab => tab.showsGeneration(round + 1, MINUTE)))
    const statuses = await Promise.all(tabs.map(tab => tab.callProtected()))
    assert.deepEqual(
      statuses,
      tabs.map(() => 200),
    )
    assert.equal(world.traffic.to('/refresh').length, round)
  }
  t.diagnostic(`${ROUNDS} rounds of ${tabs.length} tabs: ${Math.round(performance.now() - began)} ms`)

  const isGranted = status => status === 200
  assert.equal(world.traffic.statuses('/refresh').filter(isGranted).length, ROUNDS)
  await eventually(() => assert.equal(world.server.refreshes(), ROUNDS))
  assert.equal(world.server.reuses(), 0)
  const generations = Array.from({ length: ROUNDS }, (_, index) => index + 2)
  for (const tab of tabs) assert.deepEqual(await tab.evaluate(() => window.generations), generations)
})

/** The page itself lists the last hundred events only. */
function countRefreshes() {
  window.generations = []
  globalThis.demoSession.on('refresh', ({ generation }) => window.generations.push(generation))
}
