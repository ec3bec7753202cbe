import assert from 'node:assert/strict'
import test from 'node:test'
import { MINUTE } from './support/durations.mjs'
import { eventually } from './support/eventually.mjs'
import { createWorld } from './support/world.mjs'

// A window that is minimised is out of view for its page, and the browser slows its timers down to one a second.

test('a tab out of view refreshes by itself, as far as its browser lets it', async t => {
  const world = await createWorld(t, { accessTtl: '6s' })
  const [tab, other] = await world.signedInTabs(2)
  await other.close()
  await tab.hide()
  await tab.evaluate(watchDelays)
  for (const generation of [2, 3]) await tab.showsGeneration(generation)
  const longest = await tab.evaluate(() => window.longestDelay)
  assert.ok(longest > 900, `the browser's timers were late by ${longest} ms at most`)
  await tab.show()
  assert.equal(await tab.callProtected(), 200)
  assert.ok(world.traffic.statuses('/my-bookings').every(status => status === 200))
  assert.ok((await tab.events()).every(event => event === 'login' || event === 'refresh'))
})

for (const delay of [MINUTE, 6 * MINUTE]) {
  test(`failure 20: timers out of view slowed down to ${delay / MINUTE} min: on return the first request waits for one refresh`, async t => {
    const world = await createWorld(t, { accessTtl: '4s' })
    const tab = await world.open()
    await tab.signedIn('register', 'ada@example.com')
    await tab.evaluate(delay => testPage.slowTimers(delay), delay)
    await tab.hide()
    const before = world.traffic.to('/refresh').length
    // A server counts whole seconds, and may refuse a token a little before the page knows.
    await world.server.refuses(await tab.accessToken())
    const { expiresAt } = await tab.snapshot()
    await eventually(() => assert.ok(Date.now() > expiresAt))
    assert.equal(world.traffic.to('/refresh').length, before)

    // At once: before the page has been told that it is in view, and in the event that says so.
    await tab.evaluate(() => {
      const call = () => globalThis.demoSession.fetch('/my-bookings').then(({ status }) => status)
      window.calls = [call()]
      addEventListener('visibilitychange', () => window.calls.push(call()), true)
    })
    await tab.show()
    assert.deepEqual(await tab.evaluate(() => Promise.all(window.calls)), [200, 200])
    assert.deepEqual(world.traffic.statuses('/my-bookings'), [200, 200])
    assert.equal(world.traffic.to('/refresh').length, before + 1)
    assert.equal((await tab.events()).includes('end'), false)
  })
}

/** By how much a timer that is due at once comes late. */
function watchDelays() {
  window.longestDelay = 0
  let began = Date.now()
  const tick = () => {
    window.longestDelay = Math.max(window.longestDelay, Date.now() - began)
    began = Date.now()
    setTimeout(tick, 0)
  }
  setTimeout(tick, 0)
}
