import assert from 'node:assert/strict'
import test from 'node:test'
import { HOUR, MINUTE, SECOND } from './support/durations.mjs'
import { eventually } from './support/eventually.mjs'
import { createWorld } from './support/world.mjs'

test('activity in one tab keeps the other one signed in for two hours', async t => {
  const world = await createWorld(t)
  const tabs = await world.signedInTabs(2)
  const [active, quiet] = tabs

  // Refreshes fall due 25 minutes after the last one, that is in every third step.
  const step = 9 * MINUTE
  for (let passed = step, generation = 1; passed < 2 * HOUR + step; passed += step) {
    await world.forward(step)
    if (passed % (3 * step) === 0) generation++
    if (generation > 1) for (const tab of tabs) await tab.showsGeneration(generation)
    await active.act()
    await world.agreesOnActivity(tabs)
    assert.equal((await quiet.snapshot()).status, 'authenticated')
  }

  for (const tab of tabs) assert.equal(await tab.callProtected(), 200)
  assert.deepEqual(await quiet.events(), Array(4).fill('refresh'))
  assert.deepEqual(world.traffic.statuses('/refresh'), Array(4).fill(200))
  assert.equal(world.traffic.to('/logout').length, 0)
})

test('30 minutes without activity end the session in both tabs, with one logout', async t => {
  const world = await createWorld(t)
  const tabs = await world.signedInTabs(2)
  const { lastActivityAt, idleAt, promptAt } = await tabs[0].snapshot()
  assert.equal(idleAt - lastActivityAt, 30 * MINUTE)
  assert.equal(promptAt - lastActivityAt, 29 * MINUTE)

  await world.forwardTo(promptAt, -10 * SECOND)
  for (const tab of tabs) {
    // A refresh is not activity.
    await tab.showsGeneration(2)
    assert.equal(await tab.isVisible('prompt'), false)
  }
  await world.forward(11 * SECOND)
  for (const tab of tabs) await showsPrompt(tab)

  await world.forwardTo(idleAt, -10 * SECOND)
  for (const tab of tabs) assert.equal((await tab.snapshot()).status, 'authenticated')
  await world.forward(11 * SECOND)
  for (const tab of tabs) {
    await tab.showsEnd('idle')
    assert.equal(await tab.isVisible('prompt'), false)
    assert.equal(await tab.callProtected(), 401)
    assert.deepEqual((await tab.events()).slice(-3), ['refresh', 'prompt', 'end'])
  }
  await eventually(() => assert.deepEqual(world.traffic.statuses('/logout'), [204]))
  await eventually(() => assert.equal(world.server.logouts(), 1))
})

test('activity at the prompt in one tab takes it away in both, and the session goes on', async t => {
  const world = await createWorld(t)
  const tabs = await world.signedInTabs(2)
  const { promptAt } = await tabs[0].snapshot()
  await world.forwardTo(promptAt, SECOND)
  for (const tab of tabs) await showsPrompt(tab)

  await tabs[0].act()
  for (const tab of tabs) await showsNoPrompt(tab)
  await world.forward(5 * MINUTE)
  for (const tab of tabs) assert.equal(await tab.callProtected(), 200)
})

test('a prompt that wants an answer stays until one tab gives it, and then leaves both', async t => {
  const world = await createWorld(t, { session: { promptEndsOn: 'stay' } })
  const tabs = await world.signedInTabs(2)
  const { promptAt } = await tabs[0].snapshot()
  await world.forwardTo(promptAt, SECOND)
  for (const tab of tabs) await showsPrompt(tab)

  await tabs[0].act()
  for (const tab of tabs) assert.equal(await tab.isVisible('prompt'), true)
  await tabs[0].click('stay')
  for (const tab of tabs) await showsNoPrompt(tab)
  await world.forward(5 * MINUTE)
  for (const tab of tabs) assert.equal(await tab.callProtected(), 200)
})

async function showsPrompt(tab) {
  await eventually(async () => assert.equal(await tab.isVisible('prompt'), true))
  assert.match(await tab.text('prompt-left'), /^(1:00|0:5\d)$/)
}

function showsNoPrompt(tab) {
  return eventually(async () => assert.equal(await tab.isVisible('prompt'), false))
}
