import assert from 'node:assert/strict'
import test from 'node:test'
import { MINUTE, SECOND } from '../../e2e/support/durations.mjs'
import { eventually } from '../../e2e/support/eventually.mjs'

/** How often several tabs are due at the same moment. */
const ROUNDS = 3

/** A life of an access token, in seconds, that a test can wait for the end of, and in which a busy machine gets by. */
const SHORT = 5

/**
 * What a session has to do with every backend. `open` starts the one called `name` for a test, with access tokens that
 * live for so many seconds, and answers with
 *
 * - `world`: the page in a browser, with a session and a sign-in as docs/backends.md has them
 * - `signIn(tab)`: what the user does for it
 * - `call(tab)`: the status of an authorised call; `calls()`: those of all so far; `callWith(token)`: the status of the
 *   same call with an access token, apart from any page
 * - `refreshTokens()`: those that were granted, the oldest first; `refreshes()` and `logouts()`: the statuses of requests
 * - `present(token)`: asks for a refresh apart from any page; status and error code of the answer
 * - `refusal`: the same of an answer that means no, for good
 * - `revoke(token)`: makes a refresh token void apart from any page
 */
export function testSession(name, open) {
  test(`${name}: a sign-in, an authorised call, and a logout that makes the refresh token void`, async t => {
    const backend = await open(t)
    const tabs = await signedInTabs(backend, 2)
    for (const tab of tabs) assert.equal(await backend.call(tab), 200)
    const [refreshToken] = backend.refreshTokens()
    assert.equal(typeof refreshToken, 'string')

    await tabs[0].click('log-out')
    for (const tab of tabs) await tab.showsEnd('logout')
    await eventually(() => assert.deepEqual(backend.logouts(), [200]))
    assert.deepEqual(await backend.present(refreshToken), backend.refusal)
    for (const tab of tabs) {
      assert.equal(await backend.call(tab), 401)
      await tab.reload()
      await tab.shows('unauthenticated')
    }
  })

  test(`${name}: a refresh before expiry, after which the old refresh token is refused`, async t => {
    const backend = await open(t)
    const [tab] = await signedInTabs(backend, 1)
    const { refreshAt, expiresAt } = await tab.snapshot()
    const [lead, lifetime] = [expiresAt - refreshAt, expiresAt - (await tab.evaluate(() => Date.now()))]
    assert.ok(lifetime > 4.5 * MINUTE && lifetime <= 5 * MINUTE, `the token lives for ${lifetime} ms`)
    assert.ok(lead >= 2 * MINUTE && lead <= 2.5 * MINUTE, `the lead is ${lead} ms`)

    await backend.world.forwardTo(refreshAt, SECOND)
    await tab.showsGeneration(2)
    assert.deepEqual(backend.refreshes(), [200])
    assert.equal(await backend.call(tab), 200)

    await tab.evaluate(() => globalThis.demoSession.refresh().then(() => {}))
    await tab.showsGeneration(3)
    assert.deepEqual(backend.refreshes(), [200, 200])
    await tab.reload()
    await tab.shows('authenticated')
    assert.equal(await backend.call(tab), 200)
    const refreshTokens = backend.refreshTokens()
    assert.equal(new Set(refreshTokens).size, 3)
    assert.deepEqual(await backend.present(refreshTokens[2]), [200, undefined])
    assert.deepEqual(await backend.present(refreshTokens[0]), backend.refusal)
  })

  test(`${name}: five tabs due at the same moment refresh once and stay signed in, round after round`, async t => {
    const backend = await open(t)
    const tabs = await signedInTabs(backend, 5)
    for (let round = 1; round <= ROUNDS; round++) {
      const { refreshAt } = await tabs[0].snapshot()
      await backend.world.forwardTo(refreshAt, SECOND)
      for (const tab of tabs) await tab.showsGeneration(round + 1)
      for (const tab of tabs) assert.equal(await backend.call(tab), 200)
      assert.equal(backend.refreshes().length, round)
    }
    assert.deepEqual(new Set(backend.refreshes()), new Set([200]))
    assert.equal(new Set(backend.refreshTokens()).size, ROUNDS + 1)
    for (const tab of tabs) assert.equal((await tab.events()).includes('refresh-rejected'), false)
  })

  test(`${name}: a call that is answered 401 is refreshed and sent once more`, async t => {
    const backend = await open(t, SHORT)
    backend.world.stopClock()
    const [tab] = await signedInTabs(backend, 1)
    const token = await tab.accessToken()
    await eventually(async () => assert.equal(await backend.callWith(token), 401))

    assert.equal(await backend.call(tab), 200)
    assert.deepEqual(backend.calls(), [401, 200])
    assert.deepEqual(backend.refreshes(), [200])
  })

  test(`${name}: verify says whether the backend still takes the access token`, async t => {
    const backend = await open(t, SHORT)
    backend.world.stopClock()
    const [tab] = await signedInTabs(backend, 1)
    const verify = () => tab.evaluate(async () => (await globalThis.demoSession.verify()).valid)
    assert.equal(await verify(), true)

    const token = await tab.accessToken()
    await eventually(async () => assert.equal(await backend.callWith(token), 401))
    assert.equal(await verify(), false)
    await tab.showsEnd('token-invalid')
  })

  test(`${name}: a refresh token that became void elsewhere ends the session in all tabs`, async t => {
    const backend = await open(t)
    const tabs = await signedInTabs(backend, 2)
    const { refreshAt, expiresAt } = await tabs[0].snapshot()
    await backend.revoke(backend.refreshTokens()[0])

    await backend.world.forwardTo(refreshAt, SECOND)
    for (const tab of tabs) {
      await eventually(async () => assert.equal((await tab.events()).at(-1), 'refresh-rejected'))
      assert.equal((await tab.snapshot()).status, 'authenticated')
    }
    await backend.world.forwardTo(expiresAt, SECOND)
    for (const tab of tabs) await tab.showsEnd('refresh-rejected')
    assert.deepEqual(backend.refreshes(), backend.refusal.slice(0, 1))
    assert.deepEqual(backend.logouts(), [])
  })
}

/** So many tabs, one after the other. Somebody signs in in the first one; the others find that. */
export async function signedInTabs({ world, signIn }, count) {
  const first = await world.open()
  await signIn(first)
  await first.shows('authenticated')
  const tabs = [first]
  while (tabs.length < count) {
    const tab = await world.open()
    await tab.shows('authenticated')
    tabs.push(tab)
  }
  return tabs
}
