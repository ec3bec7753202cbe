import assert from 'node:assert/strict'
import test from 'node:test'
import { HOUR, SECOND } from '../e2e/support/durations.mjs'
import { eventually } from '../e2e/support/eventually.mjs'
import {
  ADA,
  accessTokenElsewhere,
  areSentToSignIn,
  createSystem,
  logOut,
  PASSWORD,
  registeredTabs,
} from './support/systems.mjs'

const PROFILE = 'jwt-auth'
const CREDENTIALS = { email: ADA, password: PASSWORD }
const ITEMS = '/items'
const REFRESH = '/auth/refresh'

test('JA2 jwt-auth: a token is renewed in time in all tabs, and a logout in one cleans up in all', async t => {
  const world = await createSystem(t, PROFILE)
  const tabs = await registeredTabs(world, 2)
  const { refreshAt } = await tabs[0].snapshot()
  await world.forwardTo(refreshAt, SECOND)
  for (const tab of tabs) {
    await tab.showsGeneration(2)
    assert.equal(await tab.callProtected(ITEMS), 200)
  }
  const grants = ['/auth/register', REFRESH].flatMap(path => world.traffic.grants(path))
  assert.equal(grants.length, 2)

  await logOut(tabs[1])
  await areSentToSignIn(tabs, 'logout')
  for (const tab of tabs) {
    const stored = await tab.stored()
    for (const { access_token, refresh_token } of grants)
      for (const token of [access_token, refresh_token]) assert.equal(stored.includes(token), false)
  }
})

test('JA2 jwt-auth: in sessionStorage each tab has a session of its own, which a reload keeps', async t => {
  const world = await createSystem(t, PROFILE, {
    edits: { 'idleTimeout: 0': "storage: 'session', idleTimeout: 0" },
  })
  const [here] = await registeredTabs(world, 1)
  const there = await world.open()
  await there.shows('unauthenticated')
  await here.reload()
  await here.shows('authenticated')
  const [, inSessionStorage] = JSON.parse(await here.stored())
  assert.ok(JSON.stringify(inSessionStorage).includes(await here.accessToken()))
  await here.session('refresh')
  assert.equal(await here.callProtected(ITEMS), 200)
  await logOut(here)
  await areSentToSignIn([here], 'logout')
})

test('JA3 jwt-auth: a 401 is answered with one refresh and one retry', async t => {
  const world = await createSystem(t, PROFILE, { accessTtl: '2s' })
  world.stopClock()
  const tabs = await registeredTabs(world, 2)
  await world.server.refuses(await tabs[0].accessToken(), ITEMS)
  const calls = [...tabs, ...tabs].map(tab => tab.callProtected(ITEMS))
  assert.deepEqual(await Promise.all(calls), [200, 200, 200, 200])
  assert.deepEqual(world.traffic.statuses(REFRESH), [200])
})

// Answered 401 however good the access token is.
const refusedResource = () =>
  globalThis.demoSession
    .fetch('/auth/refresh', { method: 'POST', headers: { 'x-refresh-token': 'none' } })
    .then(({ status }) => status)

test('JA3 jwt-auth: a second 401 reaches the caller, and the session goes on', async t => {
  const world = await createSystem(t, PROFILE, { edits: { "  onSecond401: 'end',\n": '' } })
  const [tab] = await registeredTabs(world, 1)
  assert.equal(await tab.evaluate(refusedResource), 401)
  // The first, the refresh, and the retry.
  assert.deepEqual(world.traffic.statuses(REFRESH), [401, 200, 401])
  assert.equal((await tab.snapshot()).status, 'authenticated')
  assert.equal(await tab.callProtected(ITEMS), 200)
})

test('JA3 jwt-auth: a second 401 ends the session where that is asked for', async t => {
  const world = await createSystem(t, PROFILE)
  const tabs = await registeredTabs(world, 2)
  await tabs[0].evaluate(`() => void (${refusedResource})()`)
  await areSentToSignIn(tabs, 'token-invalid')
})

test('JA3 jwt-auth: a refresh that is refused for good is a logout', async t => {
  const world = await createSystem(t, PROFILE)
  const tabs = await registeredTabs(world, 2)
  const elsewhere = await accessTokenElsewhere(world, '/auth/login', CREDENTIALS)
  assert.equal((await world.server.post('/auth/logout', { everywhere: true }, elsewhere)).status, 204)
  const { refreshAt, expiresAt } = await tabs[0].snapshot()
  await world.forwardTo(refreshAt, SECOND)
  for (const tab of tabs)
    await eventually(async () => assert.equal((await tab.events()).at(-1), 'refresh-rejected'))
  await world.forwardTo(expiresAt, SECOND)
  await areSentToSignIn(tabs, 'refresh-rejected')
})

test('JA4 jwt-auth: the refresh token goes in its header, with the refresh and no other request', async t => {
  const world = await createSystem(t, PROFILE)
  const tabs = await registeredTabs(world, 2)
  const [{ access_token, refresh_token }] = world.traffic.grants('/auth/register')
  assert.equal(await tabs[0].callProtected(ITEMS), 200)
  await tabs[0].session('refresh')
  for (const tab of tabs) await tab.showsGeneration(2)
  const [{ headers, body }] = world.traffic.to(REFRESH)
  assert.equal(headers['x-refresh-token'], refresh_token)
  assert.equal(headers.authorization, `Bearer ${access_token}`)
  assert.equal(body.includes(refresh_token), false)
  const [item] = world.traffic.to(ITEMS)
  assert.equal(item.headers['x-refresh-token'], undefined)
})

const VERIFY = '/session-warden/esm/verify.js'

/** Has `tab` verify `token`, or the session's own, as one for `audience`: the claims, or why it is refused. */
function verified(tab, { token = null, audience = PROFILE } = {}) {
  return tab.evaluate(
    async (token, issuer, audience) => {
      const { createVerifier, verifySession } = await globalThis.loadVerify()
      const jwksUrl = '/.well-known/jwks.json'
      window.verifiers ??= {}
      window.verifiers[audience] ??= createVerifier({ jwksUrl, issuer, audience })
      const verifier = window.verifiers[audience]
      const claims = token === null ? verifySession(globalThis.demoSession, verifier) : verifier.verify(token)
      return claims.catch(({ code, reason, claim }) => ({ code, reason, claim }))
    },
    token,
    PROFILE,
    audience,
  )
}

for (const algorithm of ['ES256', 'EdDSA']) {
  test(`JA9 jwt-auth: with ${algorithm} signature, issuer and audience are checked in the page, by whatever key`, async t => {
    const world = await createSystem(t, PROFILE, {
      serverEdits: { 'algorithm = "HS256"': `algorithm = "${algorithm}"` },
    })
    const [tab] = await registeredTabs(world, 1)
    assert.deepEqual(world.traffic.to(VERIFY), [])
    const { claims } = await tab.snapshot()
    assert.equal(claims.email, ADA)
    assert.deepEqual(await verified(tab), claims)
    assert.equal(world.traffic.to(VERIFY).length, 1)

    const token = await tab.accessToken()
    const [header, , signature] = token.split('.')
    const payload = Buffer.from(JSON.stringify({ ...claims, email: 'eve@example.com' })).toString('base64url')
    const forged = await verified(tab, { token: `${header}.${payload}.${signature}` })
    assert.equal(forged.code, 'bad-signature')
    const stray = await verified(tab, { audience: 'another' })
    assert.deepEqual(stray, { code: 'claim-refused', reason: 'mismatch', claim: 'aud' })

    // It makes a new key at each start.
    await world.server.kill()
    await world.server.start()
    await tab.session('login', CREDENTIALS)
    await world.forward(30 * SECOND)
    assert.deepEqual(await verified(tab), (await tab.snapshot()).claims)
    assert.equal((await verified(tab, { token })).code, 'unknown-key')
  })
}

test('JA9 jwt-auth: what no page can verify is refused, with the reason', async t => {
  for (const [serverEdits, code, reason] of [
    [{}, 'algorithm-refused', 'hmac'],
    [
      { 'access_check = "stateless"': 'access_check = "stateless"\naccess_format = "jwe"' },
      'not-verifiable',
      'encrypted',
    ],
  ]) {
    const world = await createSystem(t, PROFILE, { serverEdits })
    const [tab] = await registeredTabs(world, 1)
    const refusal = await verified(tab)
    assert.deepEqual({ code: refusal.code, reason: refusal.reason }, { code, reason })
  }
})

test('JA4 JA8 JA10 jwt-auth: encrypted tokens are renewed by X-Token-Expiry, and X-User-Id says whose they are', async t => {
  const serverEdits = {
    'access_check = "stateless"': 'access_check = "stateless"\naccess_format = "jwe"',
    'expires_in = "expires_in"': 'expires_in = "seconds_that_are_left"',
    'user = "user"': '',
  }
  const world = await createSystem(t, PROFILE, { serverEdits })
  const tabs = await registeredTabs(world, 2)
  const [{ access_token }] = world.traffic.grants('/auth/register')
  assert.equal(access_token.split('.').length, 5)
  const { claims, user, expiresAt, refreshAt } = await tabs[0].snapshot()
  assert.deepEqual({ claims, user }, { claims: null, user: null })
  assert.equal(Math.round((expiresAt - Date.now()) / HOUR), 24)

  await world.forwardTo(refreshAt, SECOND)
  for (const tab of tabs) {
    await tab.showsGeneration(2)
    assert.equal(await tab.callProtected(ITEMS), 200)
  }
  assert.equal((await tabs[0].session('verify')).valid, true)

  await tabs[1].evaluate(() => {
    globalThis.changes = []
    globalThis.demoSession.on('user-changed', change => globalThis.changes.push(change))
  })
  await tabs[0].session('register', { email: 'bob@example.com', password: PASSWORD })
  const [ada, bob] = world.traffic.to('/auth/register').map(({ answerHeaders }) => answerHeaders['x-user-id'])
  await eventually(async () =>
    assert.deepEqual(await tabs[1].evaluate(() => globalThis.changes), [{ from: ada, to: bob }]),
  )
})
