import assert from 'node:assert/strict'
import test from 'node:test'
import { HOUR, SECOND } from './support/durations.mjs'
import { gap } from './support/engines.mjs'
import { eventually } from './support/eventually.mjs'
import { createWorld } from './support/world.mjs'

test('failure 33: back to a page that was left before the logout: no token, no request with one, and the sign-in form', async t => {
  const world = await createWorld(t)
  // A busy machine takes longer for the row than the tenth of a second that it is waited for.
  const [here, there] = await world.signedInTabsOfStoppedClock(2)
  await there.evaluate(() => {
    testPage.asksAtReturn = true
  })

  await there.leave()
  await here.click('log-out')
  await here.showsEnd('logout')
  await there.back()
  assert.deepEqual(await there.evaluate(() => testPage.answeredAtReturn), [null, 401])
  assert.equal(await there.accessToken(), null)
  await there.showsEnd('logout')
  assert.equal(await there.callProtected(), 401)
  for (const { headers } of world.traffic.to('/my-bookings', there)) {
    assert.equal(headers.authorization, undefined)
  }
})

test('a page from the back-forward cache takes up what another tab has refreshed', async t => {
  const world = await createWorld(t)
  const [here, there] = await world.signedInTabs(2)
  const { refreshAt } = await here.snapshot()

  await there.leave()
  await world.forwardTo(refreshAt, SECOND)
  await here.showsGeneration(2)
  await there.back()
  await there.showsGeneration(2)
  assert.equal(await there.accessToken(), await here.accessToken())
  assert.equal(await there.callProtected(), 200)
  assert.deepEqual(world.traffic.statuses('/refresh'), [200])
})

test('a tab that is left in the middle of a refresh keeps the other one from nothing', async t => {
  const world = await createWorld(t)
  const tabs = await world.signedInTabs(2)
  const left = await refreshHeld(world, tabs)
  const other = tabs.find(tab => tab !== left)

  await left.leave()
  await showsGenerationInTime(world, other, 2)
  await goOn(world, [other])
})

test('a tab that is frozen in the middle of a refresh keeps the other one from nothing', async t => {
  const world = await createWorld(t)
  const tabs = await world.signedInTabs(2)
  const frozen = await refreshHeld(world, tabs)
  const other = tabs.find(tab => tab !== frozen)

  await frozen.freeze()
  await showsGenerationInTime(world, other, 2)
  await frozen.thaw()
  await frozen.showsGeneration(2)
  await goOn(world, tabs)
})

test('a tab that was frozen during a logout wakes up signed out', async t => {
  const world = await createWorld(t)
  const [here, there] = await world.signedInTabs(2)

  await there.freeze()
  await here.click('log-out')
  await here.showsEnd('logout')
  await there.thaw()
  await there.showsEnd('logout')
  assert.equal(await there.callProtected(), 401)
  await eventually(() => assert.deepEqual(world.traffic.statuses('/logout'), [204]))
})

test('a browser that is offline signs nobody out, and refreshes when it is back', {
  skip: gap('offline'),
}, async t => {
  const world = await createWorld(t)
  const tabs = await world.signedInTabs(2)
  const { refreshAt } = await tabs[0].snapshot()

  for (const tab of tabs) await tab.setOffline(true)
  await world.forwardTo(refreshAt, SECOND)
  for (const tab of tabs) {
    await eventually(async () => assert.equal(await tab.isVisible('offline'), true))
    assert.equal((await tab.snapshot()).status, 'authenticated')
  }
  assert.deepEqual(world.traffic.to('/refresh'), [])

  for (const tab of tabs) await tab.setOffline(false)
  for (const tab of tabs) await tab.showsGeneration(2)
  await goOn(world, tabs)
})

for (const [how, trouble] of [
  ['offline', gap('offline')],
  ['without the server', false],
]) {
  test(`failure 21: waking ${how}, and back four seconds later: the refreshes go on`, {
    skip: trouble,
  }, async t => {
    const world = await createWorld(t, { session: { idleTimeout: 0 } })
    const tabs = await world.signedInTabs(2)
    const cut = isCut => {
      if (how === 'offline') return Promise.all(tabs.map(tab => tab.setOffline(isCut)))
      return isCut ? world.server.kill() : world.server.start()
    }

    await cut(true)
    await world.forward(8 * HOUR)
    const refusals = tabs.map(tab => tab.evaluate(codeOfRefusal))
    for (const code of await Promise.all(refusals)) assert.equal(code, 'refresh-unavailable')
    for (const tab of tabs) assert.equal((await tab.snapshot()).status, 'authenticated')
    await world.forward(4 * SECOND)
    await cut(false)

    for (const generation of [2, 3]) {
      await eventually(async () => {
        // Where nothing tells the page that the server is back, it tries again by itself.
        if (how !== 'offline' && world.traffic.statuses('/refresh').length < generation - 1)
          await world.forward(SECOND)
        for (const tab of tabs) assert.equal(await tab.text('generation'), String(generation))
      })
      for (const tab of tabs) assert.equal(await tab.callProtected(), 200)
      const { refreshAt } = await tabs[0].snapshot()
      await world.forwardTo(refreshAt, SECOND)
    }
    for (const tab of tabs) {
      assert.equal((await tab.events()).includes('end'), false)
      assert.deepEqual(
        (await tab.heard()).filter(word => word.startsWith('unhandled')),
        [],
      )
    }
  })
}

test('failure 21: asleep while it waits for the lock: the wait is no error, and the refresh comes after it', async t => {
  const world = await createWorld(t, { session: { idleTimeout: 0 } })
  const [tab] = await world.signedInTabs(1)
  const holder = await world.openBare()
  await holder.evaluate(name => {
    return new Promise(taken => {
      navigator.locks.request(name, () => {
        taken()
        return new Promise(release => Object.assign(window, { release }))
      })
    })
  }, LOCK)
  const { refreshAt } = await tab.snapshot()
  await world.forwardTo(refreshAt, SECOND)
  await eventually(async () => {
    const { pending } = await tab.evaluate(() => navigator.locks.query())
    assert.deepEqual(
      pending.map(({ name }) => name),
      [LOCK],
    )
  })

  await world.forward(8 * HOUR)
  await holder.evaluate(() => window.release())
  await tab.showsGeneration(2)
  assert.equal(await tab.callProtected(), 200)
  assert.deepEqual(await tab.heard(), [])
})

/** Of a session without a name. */
const LOCK = 'session-warden:session'

/** With which code the session refuses to hand out a token. */
function codeOfRefusal() {
  return globalThis.demoSession.getAccessToken().then(
    () => 'none',
    error => error.code,
  )
}

/** Brings the tabs to a refresh whose request does not get to the server. The tab that sent it. */
async function refreshHeld(world, tabs) {
  const { refreshAt } = await tabs[0].snapshot()
  const held = world.traffic.nextRequestHeld('/refresh', tabs)
  await world.forwardTo(refreshAt, SECOND)
  return held
}

/** Lets time pass until the page shows it. In small steps: a leap would be the end of a request that is under way. */
function showsGenerationInTime(world, tab, generation) {
  return eventually(async () => {
    if (world.traffic.to('/refresh', tab).length === 0) await world.forward(SECOND / 2)
    assert.equal(await tab.text('generation'), String(generation))
  })
}

async function goOn(world, tabs) {
  for (const tab of tabs) assert.equal(await tab.callProtected(), 200)
  assert.equal(world.server.refreshes(), 1)
  assert.equal(world.server.reuses(), 0)
}
