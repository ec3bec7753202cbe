// The Leptos application of examples/leptos, which uses the crate and none of the package, under the server's policy.
import assert from 'node:assert/strict'
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { required } from '../e2e/support/environment.mjs'
import { eventually } from '../e2e/support/eventually.mjs'
import { HEAD } from '../e2e/support/site.mjs'
import { createWorldOf } from '../e2e/support/world.mjs'

/** The built application. */
const SITE = required('SESSION_WARDEN_LEPTOS')

const MINUTE = 60_000

/** A world whose pages are the application, with these `times` for the attributes of its page, in milliseconds. */
function createWorld(t, { times = {}, ...options } = {}) {
  const assemble = async folder => {
    await cp(SITE, folder, { recursive: true })
    const file = join(folder, 'index.html')
    const html = (await readFile(file, 'utf8')).replace('<head>', HEAD)
    const timed = Object.entries(times).reduce(
      (text, [name, time]) => text.replace(RegExp(`${name}="\\d+"`), `${name}="${time}"`),
      html,
    )
    await writeFile(file, timed)
  }
  return createWorldOf(t, assemble, options)
}

/** Nothing in the console, no error that nobody caught, nothing that the page's policy forbids. */
async function heardNothing(...tabs) {
  for (const tab of tabs) assert.deepEqual(await tab.heard(), [])
}

/** Waits until the idle prompt is up, or down. */
const isAsked = (tab, expected) =>
  eventually(async () => {
    const isUp = await tab.evaluate(() => document.querySelector('[data-testid="prompt"]') !== null)
    assert.equal(isUp, expected)
  })

const showsAnswer = (tab, expected) =>
  eventually(async () => assert.match(await tab.text('answer'), expected))

test('a user registers, calls a protected route, logs out and logs in again', async t => {
  const world = await createWorld(t)
  const tab = await world.open()
  await tab.shows('unauthenticated')
  await tab.signedIn('register', 'ada@example.com')
  assert.equal(await tab.text('user-email'), 'ada@example.com')
  await tab.click('call-protected')
  await showsAnswer(tab, /^200 /)
  const loaded = await tab.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name))
  assert.deepEqual(
    loaded.filter(url => new URL(url).pathname.startsWith('/session-warden/')),
    [],
  )

  await tab.click('log-out')
  await tab.showsEnd('logout')
  await eventually(() => assert.deepEqual(world.traffic.statuses('/logout'), [204]))

  await tab.signIn('log-in', 'ada@example.com', 'wrong horse battery')
  await eventually(async () =>
    assert.equal(await tab.text('failure'), 'the e-mail address or the password is wrong'),
  )
  await tab.shows('unauthenticated')
  await tab.signedIn('log-in', 'ada@example.com')
  assert.equal(await tab.text('failure'), '')
  assert.equal(world.traffic.refused().join(), '/login')
  await heardNothing(tab)
})

test('a reload keeps the session and its user, and asks the auth server nothing', async t => {
  const world = await createWorld(t)
  const [tab] = await world.signedInTabs(1)
  await tab.reload()
  await tab.shows('authenticated')
  assert.equal(await tab.text('user-email'), 'ada@example.com')
  assert.deepEqual(world.traffic.to('/refresh'), [])
  await heardNothing(tab)
})

test('a login and a logout in one tab show in the other one', async t => {
  const world = await createWorld(t)
  const [here, there] = [await world.open(), await world.open()]
  await here.signedIn('register', 'ada@example.com')
  await there.shows('authenticated')
  assert.equal(await there.text('user-email'), 'ada@example.com')

  await there.click('log-out')
  await here.showsEnd('logout')
  assert.equal(world.traffic.to('/logout').length, 1)
  await heardNothing(here, there)
})

test('a 401 is answered with one refresh and one retry', async t => {
  const world = await createWorld(t, { accessTtl: '1s' })
  const [tab] = await world.signedInTabsOfStoppedClock(1)
  const [{ access_token: token }] = world.traffic.grants('/register')
  await world.server.refuses(token)

  await tab.click('call-protected')
  await showsAnswer(tab, /^200 /)
  assert.deepEqual(world.traffic.statuses('/my-bookings'), [401, 200])
  assert.deepEqual(world.traffic.statuses('/refresh'), [200])
  await tab.showsGeneration(2)
})

test('tokens are renewed before they expire, once for both tabs', async t => {
  const world = await createWorld(t)
  const tabs = await world.signedInTabs(2)
  await world.forward(26 * MINUTE)
  for (const tab of tabs) await tab.showsGeneration(2)
  assert.deepEqual(world.traffic.statuses('/refresh'), [200])
  await heardNothing(...tabs)
})

test('the prompt counts down; "Stay" keeps the session, and silence ends it in both tabs', async t => {
  const times = { 'data-idle-timeout': 10 * MINUTE, 'data-idle-prompt': 2 * MINUTE }
  const world = await createWorld(t, { times })
  const [here, there] = await world.signedInTabs(2)
  await world.forward(9 * MINUTE)
  for (const tab of [here, there]) await isAsked(tab, true)
  assert.match(await here.text('prompt'), /signed out in (5\d|60) s/)

  // What the user does beside the button is no answer to this application's prompt.
  await there.act()
  await isAsked(there, true)
  await here.click('stay')
  for (const tab of [here, there]) await isAsked(tab, false)
  await world.forward(9 * MINUTE)
  for (const tab of [here, there]) await tab.shows('authenticated')

  await world.forward(2 * MINUTE)
  for (const tab of [here, there]) await tab.showsEnd('idle')
  await heardNothing(here, there)
})
