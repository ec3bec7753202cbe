import assert from 'node:assert/strict'
import test from 'node:test'
import { SECOND } from './support/durations.mjs'
import { eventually } from './support/eventually.mjs'
import { createWorld } from './support/world.mjs'

const WANTS = [
  ['IndexedDB'],
  ['locks'],
  ['channel'],
  ['storage events'],
  ['locks', 'channel'],
  ['locks', 'storage events'],
  ['channel', 'storage events'],
  ['IndexedDB', 'channel'],
]

for (const without of WANTS) {
  test(`without ${without.join(' and ')}, six tabs refresh once and sign out together`, async t => {
    const world = await createWorld(t, {
      session: { idleTimeout: 0 },
      troubles: without.map(what => `no ${what}`),
    })
    const tabs = await world.signedInTabs(6)
    for (const generation of [2, 3]) {
      const { refreshAt } = await tabs[0].snapshot()
      await world.forwardTo(refreshAt, SECOND)
      await eventually(async () => assert.ok((await texts(tabs, 'generation')).includes(`${generation}`)))
      await everyTabLooks(world)
      for (const tab of tabs) await tab.showsGeneration(generation)
    }
    for (const tab of tabs) assert.equal(await tab.callProtected(), 200)
    assert.deepEqual(world.traffic.statuses('/refresh'), [200, 200])
    assert.equal(world.server.reuses(), 0)

    await tabs[5].click('log-out')
    await tabs[5].showsEnd('logout')
    await everyTabLooks(world)
    for (const tab of tabs) await tab.showsEnd('logout')
  })
}

const texts = (tabs, name) => Promise.all(tabs.map(tab => tab.text(name)))

/** Who has no news finds out by a look, which comes within half a minute. */
const everyTabLooks = world => world.forward(31 * SECOND)
