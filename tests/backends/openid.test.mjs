import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import test from 'node:test'
import { SECOND } from '../e2e/support/durations.mjs'
import { eventually } from '../e2e/support/eventually.mjs'
import { openProvider } from './support/openid.mjs'
import { testSession } from './support/session-tests.mjs'

testSession('oidc-provider', openOpenId)

test('oidc-provider: an authorization code is redeemed by the session itself', async t => {
  const { world, issuer, askedUser, refreshes, call } = await openOpenId(t)
  const [tab, redirect_uri] = [await world.open(), `${world.traffic.url}/`]
  const code_verifier = randomBytes(32).toString('base64url')
  const query = new URLSearchParams({
    client_id: 'shop',
    redirect_uri,
    response_type: 'code',
    scope: 'openid offline_access',
    prompt: 'consent',
    code_challenge: createHash('sha256').update(code_verifier).digest('base64url'),
    code_challenge_method: 'S256',
  })
  await tab.evaluate(url => location.assign(url), `${issuer}/auth?${query}`)
  await askedUser(tab)

  const code = await tab.evaluate(() => new URLSearchParams(location.search).get('code'))
  const credentials = { grant_type: 'authorization_code', code, code_verifier, redirect_uri }
  await tab.evaluate(async credentials => {
    await globalThis.demoSession.login(credentials)
  }, credentials)
  await tab.shows('authenticated')
  assert.equal(await call(tab), 200)
  const { refreshAt } = await tab.snapshot()
  await world.forwardTo(refreshAt, SECOND)
  await tab.showsGeneration(2)
  assert.deepEqual(refreshes(), [200])
})

async function openOpenId(t, accessSeconds) {
  const { world, traffic, issuer, url } = await openProvider(t, accessSeconds)
  const post = (path, parameters) =>
    fetch(url + path, {
      method: 'POST',
      body: new URLSearchParams({ ...parameters, client_id: 'shop' }),
    })
  async function askedUser(tab) {
    await isAt(tab, issuer)
    await tab.signIn('log-in', 'ada')
    await isAt(tab, world.traffic.url)
  }
  return {
    world,
    issuer,
    askedUser,
    async signIn(tab) {
      await tab.click('log-in')
      await askedUser(tab)
    },
    call: tab => tab.evaluate(async url => (await globalThis.demoSession.fetch(url)).status, `${issuer}/me`),
    async callWith(accessToken) {
      return (await fetch(`${url}/me`, { headers: { authorization: `Bearer ${accessToken}` } })).status
    },
    // The browser asks first whether it may send a token to another origin.
    calls: () => traffic.statuses('/me').filter(status => status !== 204),
    refreshTokens: () => traffic.grants('/token').map(({ refresh_token }) => refresh_token),
    // The first request there brought the authorization code.
    refreshes: () => traffic.statuses('/token').slice(1),
    logouts: () => traffic.statuses('/token/revocation'),
    async present(refresh_token) {
      const answer = await post('/token', { grant_type: 'refresh_token', refresh_token })
      return [answer.status, (await answer.json()).error]
    },
    refusal: [400, 'invalid_grant'],
    async revoke(token) {
      assert.equal((await post('/token/revocation', { token })).status, 200)
    },
  }
}

/** Settles when the tab shows a whole page of `origin`. */
function isAt(tab, origin) {
  return eventually(async () => {
    // It may be on its way from one page to another while it is asked.
    const shown = await tab.evaluate(() => [location.origin, document.readyState]).catch(String)
    assert.deepEqual(shown, [origin, 'complete'])
  })
}
