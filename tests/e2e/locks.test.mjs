import assert from 'node:assert/strict'
import test from 'node:test'
import { SECOND } from './support/durations.mjs'
import { eventually } from './support/eventually.mjs'
import { createWorld } from './support/world.mjs'

/** Of the lock of a session without a name. */
const LOCK = 'session-warden:session'

const LOCK_TIMEOUT = 4 * SECOND

test('failure 10: a lock that is never let go: tabs start, hand out tokens and refresh in time', async t => {
  const world = await createWorld(t, { session: { lockTimeout: LOCK_TIMEOUT, idleTimeout: 0 } })
  const [first] = await world.signedInTabs(1)
  const holder = await world.openBare()
  await holder.evaluate(holdForEver, LOCK)
  const token = await first.accessToken()
  const { expiresAt } = await first.snapshot()
  await first.close()

  // With a minute left nobody waits for the refresh.
  await world.forwardTo(expiresAt, -60 * SECOND)
  const second = await world.open()
  const early = await second.evaluate(timedToken)
  assert.equal(early.token, token)
  assert.ok(early.took < LOCK_TIMEOUT / 2, `the token took ${early.took} ms`)
  await second.showsGeneration(2)

  // With a token that has expired they do, for as long as the lock is waited for.
  const { expiresAt: next } = await second.snapshot()
  await second.close()
  await world.forwardTo(next, SECOND)
  const third = await world.open()
  const late = await third.evaluate(timedToken)
  assert.ok(late.took < 2 * LOCK_TIMEOUT, `the token took ${late.took} ms`)
  assert.equal(await third.callProtected(), 200)

  await holder.close()
  const free = await third.evaluate(async () => {
    const began = performance.now()
    await globalThis.demoSession.refresh()
    return performance.now() - began
  })
  assert.ok(free < LOCK_TIMEOUT / 2, `the refresh took ${free} ms`)
  assert.deepEqual(world.traffic.statuses('/refresh'), [200, 200, 200])
  assert.equal(world.server.reuses(), 0)
})

test('failure 11: an answer that comes after the other tab has given the lock up: one refresh, and no error', async t => {
  const world = await createWorld(t, { session: { lockTimeout: SECOND } })
  const tabs = await world.signedInTabs(2)
  const { refreshAt } = await tabs[0].snapshot()
  const held = world.traffic.nextAnswerHeld('/refresh', tabs)
  await world.forwardTo(refreshAt, SECOND)
  const { tab: holder, deliver } = await held
  const other = tabs.find(tab => tab !== holder)

  await waitsForTheLock(other)
  // In small steps: a leap would be the end of the request that is under way.
  for (let passed = 0; passed < 3 * SECOND; passed += SECOND / 2) await world.forward(SECOND / 2)
  assert.equal(await other.callProtected(), 200)
  // Whoever only looks whether the lock is free breaks nothing either.
  assert.equal(await other.evaluate(isFree, LOCK), false)
  await deliver()
  for (const tab of tabs) await tab.showsGeneration(2)
  await staysAtOneRefresh(world, tabs)
})

test('failure 11: a lock that somebody steals in the middle of a refresh: nobody steals it back', async t => {
  const world = await createWorld(t)
  const tabs = await world.signedInTabs(2)
  const thief = await world.openBare()
  const { refreshAt } = await tabs[0].snapshot()
  const held = world.traffic.nextAnswerHeld('/refresh', tabs)
  await world.forwardTo(refreshAt, SECOND)
  const { deliver } = await held

  const steals = await thief.evaluate(async name => {
    let isBroken = false
    await new Promise(taken => {
      const steal = navigator.locks.request(name, { steal: true }, () => {
        taken()
        return new Promise(resolve => {
          window.letGo = resolve
        })
      })
      steal.catch(() => {
        isBroken = true
      })
    })
    window.isBroken = () => isBroken
    return (await navigator.locks.query()).held.filter(lock => lock.name === name).length
  }, LOCK)
  assert.equal(steals, 1)
  await deliver()
  for (const tab of tabs) await tab.showsGeneration(2)
  assert.equal(await thief.evaluate(() => window.isBroken()), false)
  await thief.evaluate(() => window.letGo())
  await staysAtOneRefresh(world, tabs)
})

for (const trouble of ['no locks', 'locks that throw', 'locks that reject', 'locks that are null']) {
  test(`failure 13: ${trouble}: two tabs refresh once all the same`, async t => {
    const world = await createWorld(t, { troubles: [trouble], session: { idleTimeout: 0 } })
    const tabs = await world.signedInTabs(2)
    for (const generation of [2, 3]) {
      const { refreshAt } = await tabs[0].snapshot()
      const held = world.traffic.nextAnswerHeld('/refresh', tabs)
      await world.forwardTo(refreshAt, SECOND)
      const { deliver } = await held
      // Long enough for the other tab to find that nothing keeps it from the same.
      for (const _ of ['soon', 'later']) await world.forward(SECOND / 2)
      await deliver()
      for (const tab of tabs) await tab.showsGeneration(generation)
    }
    for (const tab of tabs) {
      assert.equal(await tab.callProtected(), 200)
      assert.deepEqual(await tab.heard(), [])
    }
    assert.deepEqual(world.traffic.statuses('/refresh'), [200, 200])
    assert.equal(world.server.reuses(), 0)
    await tabs[0].click('log-out')
    for (const tab of tabs) await tab.showsEnd('logout')
  })
}

function holdForEver(name) {
  return new Promise(taken => {
    navigator.locks.request(name, () => {
      taken()
      return new Promise(() => {})
    })
  })
}

function isFree(name) {
  return navigator.locks.request(name, { ifAvailable: true }, lock => lock !== null)
}

async function timedToken() {
  const began = performance.now()
  const token = await globalThis.demoSession.getAccessToken()
  return { token, took: performance.now() - began }
}

function waitsForTheLock(tab) {
  return eventually(async () => {
    const waiting = await tab.evaluate(
      async name => (await navigator.locks.query()).pending.filter(lock => lock.name === name).length,
      LOCK,
    )
    assert.equal(waiting, 1)
  })
}

async function staysAtOneRefresh(world, tabs) {
  await world.forward(30 * SECOND)
  for (const tab of tabs) {
    assert.equal(await tab.callProtected(), 200)
    assert.deepEqual(await tab.events(), tab === tabs[0] ? ['login', 'refresh'] : ['refresh'])
    assert.deepEqual(await tab.heard(), [])
  }
  assert.deepEqual(world.traffic.statuses('/refresh'), [200])
  assert.equal(world.server.reuses(), 0)
}
