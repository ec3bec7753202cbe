import assert from 'node:assert/strict'
import test from 'node:test'
import { MINUTE, SECOND } from '../e2e/support/durations.mjs'
import { eventually } from '../e2e/support/eventually.mjs'
import {
  ADA,
  areSentToSignIn,
  createSystem,
  logOut,
  PASSWORD,
  registeredTabs,
  signedInElsewhere,
} from './support/systems.mjs'

const PROFILE = 'asp-cranes'
const CREDENTIALS = { email: ADA, password: PASSWORD }
const LEADS = '/api/leads'
const REFRESH = '/api/auth/refresh'
const TOKEN_INFO = '/api/auth/token-info'

const start = (t, options) => createSystem(t, PROFILE, { tls: true, ...options })

test('AC2 AC9 asp-cranes: the page works without ever seeing a token, and a logout takes the cookies', async t => {
  const world = await start(t)
  const [here, there] = await registeredTabs(world, 2)
  for (const tab of [here, there]) assert.equal(await tab.callProtected(LEADS), 200)
  const { expiresAt } = await here.snapshot()
  assert.equal(Math.round((expiresAt - Date.now()) / MINUTE), 15)

  assert.equal(await here.accessToken(), null)
  const refusal = () => globalThis.demoSession.getAccessToken().catch(({ code }) => code)
  assert.equal(await here.evaluate(refusal), 'cookie-transport')
  assert.match(await here.evaluate(() => document.cookie), /^__Host-csrf=[^;]+$/)
  const tokens = world.traffic
    .to('/api/auth/register')[0]
    .answerHeaders['set-cookie'].filter(cookie => /httponly/i.test(cookie))
    .map(cookie => cookie.match(/=([^;]+)/)[1])
  assert.equal(tokens.length, 2)
  const stored = await here.stored()
  for (const token of tokens) assert.equal(stored.includes(token), false)
  assert.equal((await here.session('verify')).valid, true)

  await logOut(here)
  await areSentToSignIn([here, there], 'logout')
  await eventually(() => assert.deepEqual(world.traffic.statuses('/api/auth/logout'), [204]))
  assert.equal(await there.callProtected(LEADS), 401)
  assert.equal(await there.evaluate(() => document.cookie), '')
  await there.session('login', CREDENTIALS)
  for (const tab of [here, there]) {
    await tab.shows('authenticated')
    assert.equal(await tab.callProtected(LEADS), 200)
  }
})

test('AC2 asp-cranes: a page that finds nothing stored asks token-info who is signed in, and until when', async t => {
  const world = await start(t)
  const tab = await world.open()
  assert.deepEqual(world.traffic.statuses(TOKEN_INFO), [401])
  const status = await tab.evaluate(async credentials => {
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify(credentials)
    return (await fetch('/api/auth/register', { method: 'POST', headers, body })).status
  }, CREDENTIALS)
  assert.equal(status, 201)
  const next = await world.open()
  const { status: shown, user, expiresAt, refreshAt } = await next.snapshot()
  assert.equal(shown, 'authenticated')
  assert.equal(user.email, ADA)
  assert.equal(Math.round((expiresAt - Date.now()) / MINUTE), 15)
  assert.deepEqual(world.traffic.statuses(TOKEN_INFO), [401, 200])
  await world.forwardTo(refreshAt, SECOND)
  await next.showsGeneration(2)
  assert.deepEqual(world.traffic.statuses(REFRESH), [200])
})

test('AC3 asp-cranes: the session is renewed five minutes before expiry, silently and once for two tabs', async t => {
  const world = await start(t)
  const tabs = await registeredTabs(world, 2)
  const { expiresAt, refreshAt } = await tabs[0].snapshot()
  assert.ok(expiresAt - refreshAt <= 5 * MINUTE && expiresAt - refreshAt >= 4.5 * MINUTE)
  await world.forwardTo(refreshAt, -SECOND)
  assert.equal(world.traffic.to(REFRESH).length, 0)
  await world.forward(2 * SECOND)
  for (const tab of tabs) {
    await tab.showsGeneration(2)
    await tab.arrivesAt('/')
    assert.equal(await tab.callProtected(LEADS), 200)
  }
  assert.deepEqual(world.traffic.statuses(REFRESH), [200])
  assert.equal(world.server.reuses(), 0)
})

test('AC3 asp-cranes: the session is renewed every 13 minutes, however long its token would live', async t => {
  const world = await start(t, { accessTtl: '2h' })
  const tabs = await registeredTabs(world, 2)
  for (const generation of [2, 3]) {
    await world.forward(13 * MINUTE)
    for (const tab of tabs) await tab.showsGeneration(generation)
  }
  assert.deepEqual(world.traffic.statuses(REFRESH), [200, 200])
})

test('AC3 asp-cranes: a server that is down keeps the session, and one that refuses for good ends it', async t => {
  const world = await start(t)
  const tabs = await registeredTabs(world, 2)
  const elsewhere = await signedInElsewhere(world, CREDENTIALS)
  await logOut(elsewhere, { everywhere: true })
  await areSentToSignIn([elsewhere], 'logout')
  const { refreshAt, expiresAt } = await tabs[0].snapshot()
  await world.server.kill()
  await world.forwardTo(refreshAt, SECOND)
  for (const tab of tabs)
    await eventually(async () => {
      const { status, offline } = await tab.snapshot()
      assert.deepEqual({ status, offline }, { status: 'authenticated', offline: true })
    })
  await world.server.start()
  await tabs[0].evaluate(() => void globalThis.demoSession.refresh().catch(() => {}))
  for (const tab of tabs)
    await eventually(async () => assert.equal((await tab.events()).at(-1), 'refresh-rejected'))
  await world.forwardTo(expiresAt, SECOND)
  await areSentToSignIn(tabs, 'refresh-rejected')
})

test('AC4 asp-cranes: every unsafe request repeats the CSRF token in a header, the refresh included', async t => {
  const world = await start(t)
  const [tab] = await registeredTabs(world, 1)
  const csrf = () => tab.evaluate(() => document.cookie.match(/__Host-csrf=([^;]+)/)[1])
  const sent = path => world.traffic.to(path).at(-1).headers['x-csrf-token']
  const first = await csrf()
  assert.equal(await tab.callProtected(LEADS), 200)
  assert.equal(sent(LEADS), undefined)
  const post = async () => {
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify({ title: 'Tower crane' })
    return (await globalThis.demoSession.fetch('/api/leads', { method: 'POST', headers, body })).status
  }
  assert.equal(await tab.evaluate(post), 201)
  assert.equal(sent(LEADS), first)
  await tab.session('refresh')
  assert.equal(sent(REFRESH), first)
  assert.equal(await tab.evaluate(post), 201)
  const second = await csrf()
  assert.equal(sent(LEADS), second)
  await tab.session('changePassword', {
    current_password: PASSWORD,
    new_password: `${PASSWORD}, changed`,
  })
  assert.equal(sent('/api/auth/change-password'), second)
  const third = await csrf()
  await logOut(tab)
  await areSentToSignIn([tab], 'logout')
  await eventually(() => assert.deepEqual(world.traffic.statuses('/api/auth/logout'), [204]))
  assert.equal(sent('/api/auth/logout'), third)
})

test('AC8 asp-cranes: the page knows the roles of its user, before and after a reload', async t => {
  const world = await start(t)
  const [tab] = await registeredTabs(world, 1)
  for (const reload of [false, true]) {
    if (reload) await tab.reload()
    assert.equal(await tab.session('hasRole', 'sales'), true)
    assert.equal(await tab.session('hasRole', 'admin'), false)
    assert.equal(await tab.callProtected(LEADS), 200)
    assert.equal(await tab.callProtected('/api/users'), 403)
  }
  await tab.session('refresh')
  assert.equal(await tab.session('hasRole', 'sales'), true)
})

test('AC10 asp-cranes: the user is there after a reload, without a request to the auth server', async t => {
  const world = await start(t)
  const [tab] = await registeredTabs(world, 1)
  const { user } = await tab.snapshot()
  assert.equal(user.email, ADA)
  const asked = world.traffic.to(TOKEN_INFO).length
  await tab.reload()
  await tab.shows('authenticated')
  assert.deepEqual((await tab.snapshot()).user, user)
  assert.equal(world.traffic.to(TOKEN_INFO).length, asked)
  assert.equal(world.traffic.to(REFRESH).length, 0)
})

test('AC9 asp-cranes: a password change keeps this session and ends the others', async t => {
  const world = await start(t)
  const tabs = await registeredTabs(world, 2)
  const elsewhere = await signedInElsewhere(world, CREDENTIALS)
  await tabs[0].session('changePassword', {
    current_password: PASSWORD,
    new_password: `${PASSWORD}, changed`,
  })
  for (const tab of tabs) assert.equal(await tab.callProtected(LEADS), 200)
  assert.equal(await elsewhere.callProtected(LEADS), 401)
})
