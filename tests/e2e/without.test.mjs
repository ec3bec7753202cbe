import assert from 'node:assert/strict'
import test from 'node:test'
import { SECOND } from './support/durations.mjs'
import { eventually } from './support/eventually.mjs'
import { createWorld } from './support/world.mjs'

const WANTS = [
  ['indexedDB'],
  ['locks'],
  ['channel'],
  ['storageEvents'],
  ['locks', 'channel'],
  ['locks', 'storageEvents'],
  ['channel', 'storageEvents'],
  ['indexedDB', 'channel'],
]

for (const without of WANTS) {
  test(`without ${without.join(' and ')}, six tabs refresh once and sign out together`, async t => {
    const world = await createWorld(t, { session: { idleTimeout: 0 }, without })
    const tabs = await world.signedInTabs(6)
    for (const generation of [2, 3]) {
      const { refreshAt } = await tabs[0].snapshot()
      await world.forwardTo(refreshAt, SECOND)
      // Who has no news finds out by a look, which comes within half a minute.
      await eventually(async () => {
        const texts = await Promise.all(tabs.map(tab => tab.text('generation')))
        if (texts.some(text => text !== `${generation}`)) await world.forward(5 * SECOND)
        assert.deepEqual(
          texts,
          tabs.map(() => `${generation}`),
        )
      })
    }
    for (const tab of tabs) assert.equal(await tab.callProtected(), 200)
    assert.deepEqual(world.traffic.statuses('/refresh'), [200, 200])
    assert.equal(world.server.reuses(), 0)

    await tabs[5].click('log-out')
    await eventually(async () => {
      const statuses = await Promise.all(tabs.map(async tab => (await tab.snapshot()).status))
      if (statuses.includes('authenticated')) await world.forward(5 * SECOND)
      assert.deepEqual(
        statuses,
        tabs.map(() => 'unauthenticated'),
      )
    })
  })
}
