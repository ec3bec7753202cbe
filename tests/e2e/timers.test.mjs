import assert from 'node:assert/strict'
import test from 'node:test'
import { SECOND } from './support/durations.mjs'
import { createWorld } from './support/world.mjs'

const DAY = 24 * 3_600 * SECOND

/** What a browser's timer wraps at fires at once, or after five seconds. */
const DELAYS = {
  '30 days': 30 * DAY,
  '2^31 ms': 2 ** 31,
  '5 s less than 2^32 ms': 2 ** 32 - 5 * SECOND,
  '5 s more than 2^32 ms': 2 ** 32 + 5 * SECOND,
}

test('failure 16: delays that a timer does not hold: nothing is refreshed, expires or gets idle within ten seconds', async t => {
  const world = await createWorld(t)
  const [seen, hidden] = [await world.openBare(), await world.openBare()]
  await hidden.hide()
  const waiting = []
  for (const [tab, where] of [
    [seen, 'seen'],
    [hidden, 'hidden'],
  ]) {
    waiting.push(tab.evaluate(liveThroughTenSeconds, where, Object.values(DELAYS), 30 * DAY))
  }
  for (const lives of await Promise.all(waiting)) {
    for (const { delay, refreshIn, idleIn, events, status, token } of lives) {
      assert.ok(Math.abs(refreshIn - delay) < SECOND, `the refresh is due in ${refreshIn} ms, not ${delay}`)
      assert.ok(Math.abs(idleIn - 30 * DAY) < SECOND, `the session is idle in ${idleIn} ms`)
      assert.deepEqual(events, [])
      assert.equal(status, 'authenticated')
      assert.equal(token, 'access')
    }
  }
  assert.deepEqual(world.traffic.to('/refresh'), [])
})

/** One session for each delay; what became of it in ten seconds of the browser's own timers. */
function liveThroughTenSeconds(where, delays, idleTimeout) {
  const live = async delay => {
    const session = globalThis.createSession({ name: `${where}-${delay}`, refreshEarly: 0, idleTimeout })
    await session.ready
    await session.setTokens({ accessToken: 'access', refreshToken: 'refresh', expiresIn: delay / 1_000 })
    const { refreshAt, idleAt } = session.getSnapshot()
    const now = Date.now()
    const events = []
    for (const event of ['refresh', 'refresh-failed', 'refresh-rejected', 'prompt', 'end']) {
      session.on(event, () => events.push(event))
    }
    await new Promise(resolve => setTimeout(resolve, 10_000))
    const token = await session.getAccessToken()
    const { status } = session.getSnapshot()
    return { delay, refreshIn: refreshAt - now, idleIn: idleAt - now, events, status, token }
  }
  return Promise.all(delays.map(live))
}
