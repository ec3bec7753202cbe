import assert from 'node:assert/strict'
import test from 'node:test'
import { SECOND } from './support/durations.mjs'
import { eventually } from './support/eventually.mjs'
import { createWorld } from './support/world.mjs'

test('two versions of the library share one session, and the older loses nothing of what the newer keeps', async t => {
  const world = await createWorld(t, { session: { idleTimeout: 0 } })
  const newer = await world.openNext()
  await newer.signedIn('register', 'ada@example.com')
  const older = await world.open()
  await older.shows('authenticated')
  assert.equal(await older.accessToken(), await newer.accessToken())
  assert.equal((await rowOf(older)).next, 1)

  // What is due in both may be done by either.
  for (const generation of [2, 3]) {
    const { refreshAt } = await older.snapshot()
    await world.forwardTo(refreshAt, SECOND)
    for (const tab of [newer, older]) {
      await tab.showsGeneration(generation)
      assert.equal(await tab.callProtected(), 200)
    }
  }
  await older.evaluate(() => globalThis.demoSession.refresh())
  await newer.showsGeneration(4)
  const { generation, next } = await rowOf(older)
  assert.equal(generation, 4)
  assert.ok(next > 0, 'what the older one does not know is gone')
  assert.deepEqual(world.traffic.statuses('/refresh'), [200, 200, 200])
  await eventually(() => assert.equal(world.server.refreshes(), 3))
  assert.equal(world.server.reuses(), 0)

  await older.click('log-out')
  for (const tab of [newer, older]) await tab.showsEnd('logout')
  assert.equal('next' in (await rowOf(older)), false)
})

test('a login and a logout of the newer version are those of the older, too', async t => {
  const world = await createWorld(t)
  const older = await world.open()
  const newer = await world.openNext()
  await newer.signedIn('register', 'ada@example.com')
  await older.shows('authenticated')
  await newer.click('log-out')
  for (const tab of [newer, older]) await tab.showsEnd('logout')
})

/** The row, as it is stored. */
async function rowOf(tab) {
  return JSON.parse(await tab.stored())
    .flat()
    .find(({ sid }) => sid)
}
