import assert from 'node:assert/strict'
import test from 'node:test'
import { SECOND } from './support/durations.mjs'
import { createWorld } from './support/world.mjs'

// What the browser is in when the page starts, what it gets into after the login, and what the session says of it.
const VARIANTS = {
  'no localStorage': { first: ['no localStorage'], storage: 'local', degraded: null },
  'no storage at all': {
    first: ['no localStorage', 'no sessionStorage', 'no IndexedDB', 'no cookies'],
    storage: 'memory',
    degraded: 'no-storage',
  },
  'a full localStorage': { first: ['a full localStorage'], storage: 'local', degraded: null },
  'a localStorage that gets full after the login': {
    later: ['a full localStorage'],
    storage: 'local',
    degraded: 'not-stored',
  },
  'no channel': { first: ['no channel'], storage: 'local', degraded: null },
}

for (const [what, { first = [], later = [], storage, degraded }] of Object.entries(VARIANTS)) {
  test(`failure 35: ${what}: login, refresh and logout work, and the session says where it is kept`, async t => {
    const world = await createWorld(t, { troubles: first })
    const tab = await world.open()
    await tab.signedIn('register', 'ada@example.com')
    for (const trouble of later) await tab.evaluate(trouble => testPage.getsInto(trouble), trouble)

    const { refreshAt } = await tab.snapshot()
    await world.forwardTo(refreshAt, SECOND)
    await tab.showsGeneration(2)
    assert.equal(await tab.callProtected(), 200)
    const shown = await tab.snapshot()
    assert.deepEqual([shown.storage, shown.degraded], [storage, degraded])

    await tab.click('log-out')
    await tab.showsEnd('logout')
    assert.equal(await tab.callProtected(), 401)
    await tab.signedIn('log-in', 'ada@example.com')
    assert.equal(await tab.callProtected(), 200)
    const unexpected = (await tab.events()).filter(
      event => !['login', 'refresh', 'end', 'degraded'].includes(event),
    )
    assert.deepEqual(unexpected, [])
    assert.deepEqual(await tab.heard(), [])
  })
}

test('failure 35: a rotated token that cannot be stored: the page is told, and goes on with it', async t => {
  const world = await createWorld(t)
  const tab = await world.open()
  await tab.signedIn('register', 'ada@example.com')
  const { refreshAt } = await tab.snapshot()
  const held = world.traffic.nextAnswerHeld('/refresh', [tab])
  await world.forwardTo(refreshAt, SECOND)
  const { deliver } = await held
  for (const trouble of ['a full localStorage', 'an IndexedDB that fails']) {
    await tab.evaluate(trouble => testPage.getsInto(trouble), trouble)
  }
  await deliver()
  await tab.showsGeneration(2)
  assert.equal((await tab.snapshot()).degraded, 'not-stored')
  assert.ok((await tab.events()).includes('degraded'))
  assert.equal(await tab.callProtected(), 200)
})

for (const trouble of ['an IndexedDB that never answers', 'an adapter that never answers']) {
  test(`failure 37: ${trouble}: the start is over in time`, async t => {
    const world = await createWorld(t, { troubles: trouble.includes('IndexedDB') ? [trouble] : [] })
    const tab = await world.openBare()
    const { status, took } = await tab.evaluate(async isAdapter => {
      const never = () => new Promise(() => {})
      const began = performance.now()
      const session = globalThis.createSession(
        isAdapter ? { storage: { getItem: never, setItem: never, removeItem: never } } : {},
      )
      const { status } = await session.ready
      window.session = session
      return { status, took: performance.now() - began }
    }, trouble.includes('adapter'))
    assert.equal(status, 'unauthenticated')
    assert.ok(took < 5 * SECOND, `it took ${took} ms`)
    const signedIn = await tab.evaluate(async () => {
      const credentials = { email: 'ada@example.com', password: 'correct horse battery' }
      return (await window.session.register(credentials)).status
    })
    assert.equal(signedIn, 'authenticated')
  })
}
