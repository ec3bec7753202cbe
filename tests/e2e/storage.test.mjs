import assert from 'node:assert/strict'
import test from 'node:test'
import { SECOND } from './support/durations.mjs'
import { eventually } from './support/eventually.mjs'
import { createWorld } from './support/world.mjs'

// Whether the browser keeps the tokens where text can be searched, and what a reload and another tab begin with.
const KINDS = {
  local: { isKept: true, afterReload: 'authenticated', inAnotherTab: 'authenticated' },
  session: { isKept: true, afterReload: 'authenticated', inAnotherTab: 'unauthenticated' },
  memory: { isKept: false, afterReload: 'unauthenticated', inAnotherTab: 'authenticated' },
  encrypted: { isKept: false, afterReload: 'authenticated', inAnotherTab: 'authenticated' },
}

for (const [storage, { isKept, afterReload, inAnotherTab }] of Object.entries(KINDS)) {
  test(`${storage}: where the tokens are, and who finds them`, async t => {
    const world = await createWorld(t, { session: { storage } })
    const tab = await world.open()
    await tab.signedIn('register', 'ada@example.com')
    assert.equal((await tab.stored()).includes(await tab.accessToken()), isKept)

    const other = await world.open()
    await other.shows(inAnotherTab)
    const expected = inAnotherTab === 'authenticated' ? await tab.accessToken() : null
    assert.equal(await other.accessToken(), expected)
    await other.close()

    await tab.reload()
    await tab.shows(afterReload)
    assert.equal(await tab.callProtected(), afterReload === 'authenticated' ? 200 : 401)
    assert.equal(world.traffic.to('/refresh').length, 0)
  })
}

for (const storage of ['memory', 'encrypted']) {
  test(`${storage}: tabs due at the same moment refresh once, and a logout in one ends them all`, async t => {
    const world = await createWorld(t, { session: { storage, idleTimeout: 0 } })
    const tabs = await world.signedInTabs(4)
    await refreshTogether(world, tabs)

    const tokens = world.traffic.grants('/refresh').map(({ access_token }) => access_token)
    await tabs[3].click('log-out')
    for (const tab of tabs) await tab.showsEnd('logout')
    const stored = await tabs[0].stored()
    assert.deepEqual(
      tokens.filter(token => stored.includes(token)),
      [],
    )
    await tabs[0].reload()
    await tabs[0].shows('unauthenticated')
  })
}

test('failure 5: session: a duplicated tab presents no token twice, and another tab has a session of its own', async t => {
  const world = await createWorld(t, { session: { storage: 'session', idleTimeout: 0 } })
  const tab = await world.open()
  await tab.signedIn('register', 'ada@example.com')
  const duplicate = await world.duplicate(tab)
  await duplicate.shows('authenticated')
  await refreshTogether(world, [tab, duplicate])

  const other = await world.open()
  await other.signedIn('register', 'bob@example.com')
  await duplicate.click('log-out')
  for (const ended of [tab, duplicate]) await ended.showsEnd('logout')
  assert.equal(await other.callProtected(), 200)
})

for (const storage of Object.keys(KINDS)) {
  test(`failure 31: ${storage}: a logout reaches the other tab within a second, and a second session of the page`, async t => {
    const world = await createWorld(t, { session: { storage } })
    const here = await world.open()
    await here.signedIn('register', 'ada@example.com')
    const there = storage === 'session' ? await world.duplicate(here) : await world.open()
    await there.shows('authenticated')
    assert.equal(await there.callProtected(), 200)
    assert.match(world.traffic.to('/my-bookings', there).at(-1).headers.authorization, /^Bearer /)
    await here.evaluate(async storage => {
      const { createSession } = await testPage.package()
      window.second = createSession({ storage })
      return window.second.ready
    }, storage)
    assert.equal(await here.evaluate(() => window.second.getSnapshot().status), 'authenticated')

    await here.click('log-out')
    await there.showsEnd('logout', SECOND)
    assert.equal(await there.callProtected(), 401)
    assert.equal(world.traffic.to('/my-bookings', there).at(-1).headers.authorization, undefined)
    const second = await here.evaluate(async () => {
      const { status } = window.second.getSnapshot()
      return [status, await window.second.getAccessToken()]
    })
    assert.deepEqual(second, ['unauthenticated', null])
  })
}

test('memory: a tab that is alone loses the session with its page, and nothing else', async t => {
  const world = await createWorld(t, { session: { storage: 'memory' } })
  const [tab, other] = await world.signedInTabs(2)
  await tab.reload()
  await tab.shows('authenticated')
  await other.close()
  await tab.reload()
  await tab.shows('unauthenticated')
  await tab.signedIn('log-in', 'ada@example.com')
  assert.equal(await tab.callProtected(), 200)
})

/** Three refreshes that are due in all of `tabs` at once. */
async function refreshTogether(world, tabs) {
  for (const generation of [2, 3, 4]) {
    const { refreshAt } = await tabs[0].snapshot()
    await world.forwardTo(refreshAt, SECOND)
    await Promise.all(tabs.map(tab => tab.showsGeneration(generation)))
    for (const tab of tabs) assert.equal(await tab.callProtected(), 200)
  }
  assert.deepEqual(world.traffic.statuses('/refresh'), [200, 200, 200])
  await eventually(() => assert.equal(world.server.refreshes(), 3))
  assert.equal(world.server.reuses(), 0)
}
