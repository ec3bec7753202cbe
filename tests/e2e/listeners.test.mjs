import assert from 'node:assert/strict'
import test from 'node:test'
import { SECOND } from './support/durations.mjs'
import { createWorld } from './support/world.mjs'

/** Whoever waits for himself does so for as long as a lock is waited for, which is longer. */
const HANG = 3 * SECOND

test('failure 9: a listener that awaits the session in the middle of a refresh: no tab hangs', async t => {
  const world = await createWorld(t)
  const [here, there] = await world.signedInTabs(2)
  const { refreshAt } = await here.snapshot()
  for (const tab of [here, there]) await tab.evaluate(awaitTheSessionInEveryListener)
  await world.forwardTo(refreshAt, SECOND)
  for (const tab of [here, there]) await tab.showsGeneration(2)

  // With the other tab's listeners at work as well.
  for (const [tab, generation] of [
    [there, 3],
    [here, 4],
  ]) {
    const took = await tab.evaluate(async () => {
      const began = performance.now()
      await globalThis.demoSession.refresh()
      return performance.now() - began
    })
    assert.ok(took < HANG, `the refresh took ${took} ms`)
    for (const other of [here, there]) await other.showsGeneration(generation)
  }
  for (const tab of [here, there]) {
    const { tokens, hanging } = await tab.evaluate(async () => {
      await Promise.all(window.listening)
      return { tokens: window.tokens, hanging: globalThis.demoSession.getSnapshot().refreshing }
    })
    assert.equal(hanging, false)
    assert.ok(tokens.includes(await tab.accessToken()))
    assert.deepEqual(await tab.heard(), [])
  }
  assert.deepEqual(world.traffic.statuses('/refresh'), [200, 200, 200])
})

test('failure 9: a listener that logs out in the middle of a refresh: it ends, in every tab', async t => {
  const world = await createWorld(t)
  const [here, there] = await world.signedInTabs(2)
  const took = await here.evaluate(async () => {
    const session = globalThis.demoSession
    const began = performance.now()
    const loggedOut = new Promise((resolve, reject) => {
      session.on('refresh', async () => {
        await session.getAccessToken()
        await session.logout().then(resolve, reject)
      })
    })
    await session.refresh()
    await loggedOut
    return performance.now() - began
  })
  assert.ok(took < HANG, `it took ${took} ms`)
  for (const tab of [here, there]) await tab.showsEnd('logout')
  await there.signedIn('log-in', 'ada@example.com')
  await there.evaluate(() => globalThis.demoSession.refresh())
  await here.showsGeneration(2)
})

test('failure 9: a listener registered during the start, with half a minute left: it gets its answers', async t => {
  const world = await createWorld(t)
  const tab = await world.open()
  await tab.signedIn('register', 'ada@example.com')
  const { expiresAt } = await tab.snapshot()
  await tab.close()
  await world.forwardTo(expiresAt, -30 * SECOND)

  const [starting, other] = [await world.openBare(), await world.openBare()]
  const { took, token } = await starting.evaluate(async () => {
    const began = performance.now()
    const session = globalThis.createSession()
    window.session = session
    const answered = new Promise((resolve, reject) => {
      session.on('change', async () => {
        try {
          const token = await session.getAccessToken()
          await session.logout()
          resolve(token)
        } catch (error) {
          reject(error)
        }
      })
    })
    const token = await answered
    return { took: performance.now() - began, token }
  })
  assert.ok(token)
  assert.ok(took < HANG, `it took ${took} ms`)
  const status = await other.evaluate(async () => (await globalThis.createSession().ready).status)
  assert.equal(status, 'unauthenticated')
  assert.deepEqual(await starting.heard(), [])
})

function awaitTheSessionInEveryListener() {
  const session = globalThis.demoSession
  window.tokens = []
  window.listening = []
  const ask = async () => {
    window.tokens.push(await session.getAccessToken())
    await session.fetch('/my-bookings')
    if (session.getSnapshot().refreshing) await session.refresh()
  }
  for (const event of ['change', 'refresh']) session.on(event, () => window.listening.push(ask()))
}
