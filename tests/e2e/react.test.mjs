import assert from 'node:assert/strict'
import test from 'node:test'
import { SECOND } from './support/durations.mjs'
import { eventually } from './support/eventually.mjs'
import { assembleSiteWithReact } from './support/site.mjs'
import { createWorldOf } from './support/world.mjs'

test('the demo in React shares its session with the page without it', async t => {
  const world = await createWorldOf(t, folder => assembleSiteWithReact(folder, { promptEndsOn: 'stay' }))
  const react = await world.openReact()
  await react.signedIn('register', 'ada@example.com')
  const plain = await world.open()
  await plain.shows('authenticated')
  assert.equal(await react.text('user-email'), 'ada@example.com')

  await react.click('call-protected')
  await eventually(async () => assert.match(await react.text('protected-result'), /^200/))
  const { refreshAt, promptAt } = await react.snapshot()
  await world.forwardTo(refreshAt, SECOND)
  await plain.showsGeneration(2)
  assert.equal(world.server.refreshes(), 1)

  await world.forwardTo(promptAt, SECOND)
  await eventually(async () => assert.equal(await dialogOf(react), 'Are you still there?'))
  await react.clickOn('Stay signed in')
  await eventually(async () => assert.equal(await dialogOf(react), null))
  assert.equal((await plain.snapshot()).prompting, false)

  await react.clickOn(' Show the session monitor')
  await eventually(async () => assert.equal(await hasPanel(react), true))

  await plain.click('log-out')
  await react.showsEnd('logout')
  assert.equal(await react.text('end-reason'), 'You signed out in another tab.')
  await react.signedIn('log-in', 'ada@example.com')
  await plain.shows('authenticated')
  await react.click('log-out')
  for (const tab of [react, plain]) await tab.showsEnd('logout')

  for (const tab of [react, plain]) assert.deepEqual(await tab.heard(), [])
})

/** The heading of the dialog that is open. */
const dialogOf = tab => tab.evaluate(() => document.querySelector('dialog[open] h2')?.textContent ?? null)

const hasPanel = tab => tab.evaluate(() => document.querySelector('session-monitor') !== null)
