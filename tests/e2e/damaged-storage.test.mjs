import assert from 'node:assert/strict'
import test from 'node:test'
import { eventually } from './support/eventually.mjs'
import { createWorld } from './support/world.mjs'

/** Of a session without a name. */
const KEY = 'session-warden:session'

const SECRET = 'decoy-4f1d'

/** What may lie where a session should. Each text has the secret in it, as far as there is room for one. */
const DAMAGED = [
  'undefined',
  '{',
  '',
  'null',
  'NaN',
  `"${SECRET}"`,
  `["${SECRET}"]`,
  `{"token":"${SECRET}"}`,
  `{"v":"1","version":"1","sid":7,"record":{"access":"${SECRET}"}}`,
  `{"v":1,"version":-1,"sid":"s","generation":1,"record":{"access":"${SECRET}"}}`,
  `{"v":1,"version":1,"sid":"s","generation":1,"record":"${SECRET}"}`,
  `{"v":1,"version":1,"sid":"s","generation":1,"record":{"access":["${SECRET}"]},"at":1,"startedAt":1}`,
  `{"v":0,"accessToken":"${SECRET}","refreshToken":"${SECRET}","expiresAt":9999999999999}`,
  SECRET.repeat(100_000),
]

test('failure 36: damaged values at the start, twice: signed out, the value gone, other keys as they were', async t => {
  const world = await createWorld(t, { session: { logLevel: 'debug' } })
  const tab = await world.openBare()
  const foreign = await tab.evaluate(() => {
    for (let index = 0; index < 20; index++) localStorage.setItem(`app-${index}`, `{"token":"${index}`)
    localStorage.setItem('session-warden', 'undefined')
    localStorage.setItem('session-warden:other', '{')
    return { ...localStorage }
  })
  for (const damaged of DAMAGED) {
    const starts = await tab.evaluate(
      async (key, damaged) => {
        localStorage.setItem(key, damaged)
        const starts = []
        for (const _ of ['first', 'second']) {
          const session = globalThis.createSession({ logLevel: 'debug' })
          const { status, error, endReason } = await session.ready
          starts.push({ status, error: error && `${error.message} ${error.stack}`, endReason })
          session.dispose()
        }
        return { starts, left: { ...localStorage } }
      },
      KEY,
      damaged,
    )
    const signedOut = { status: 'unauthenticated', error: null, endReason: null }
    assert.deepEqual(starts, { starts: [signedOut, signedOut], left: foreign }, damaged.slice(0, 80))
  }
  assert.deepEqual(
    (await tab.heard()).filter(word => word.includes(SECRET) || word.startsWith('unhandled')),
    [],
  )
  assert.deepEqual(world.traffic.to('/refresh'), [])
})

test('failure 36: damaged values that another tab writes under a living session: signed out, and a login works', async t => {
  const world = await createWorld(t, { session: { logLevel: 'debug' } })
  const tab = await world.open()
  await tab.signedIn('register', 'ada@example.com')
  const vandal = await world.openBare()
  for (const damaged of DAMAGED) {
    await vandal.evaluate((key, damaged) => localStorage.setItem(key, damaged), KEY, damaged)
    await tab.showsEnd('storage-cleared')
    await eventually(async () => {
      const left = await tab.evaluate(key => localStorage.getItem(key), KEY)
      assert.notEqual(left, damaged, 'the damaged value is still there')
    })
    await tab.signedIn('log-in', 'ada@example.com')
    assert.equal(await tab.callProtected(), 200)
  }
  assert.deepEqual(
    (await tab.heard()).filter(word => word.includes(SECRET) || word.startsWith('unhandled')),
    [],
  )
})
