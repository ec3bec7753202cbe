import assert from 'node:assert/strict'
import test from 'node:test'
import { MINUTE, SECOND } from './support/durations.mjs'
import { eventually } from './support/eventually.mjs'
import { PASSWORD } from './support/tab.mjs'
import { createWorld } from './support/world.mjs'

test('the page works under its strict policy without a violation or a word in the console', async t => {
  const world = await createWorld(t)
  const { headers } = await fetch(world.traffic.url)
  assert.match(headers.get('content-security-policy'), /script-src 'self' 'wasm-unsafe-eval';/)

  for (const tab of await live(world)) assert.deepEqual(await tab.heard(), [])
  assert.deepEqual(world.traffic.refused(), [])
})

test('no token and no password is shown in the console, the events or the page', async t => {
  const world = await createWorld(t, { session: { logLevel: 'debug' } })
  const tabs = await live(world)
  await tabs[0].signIn('log-in', 'ada@example.com', 'wrong horse battery')
  await eventually(async () => assert.notEqual(await tabs[0].text('form-error'), ''))
  await tabs[0].signedIn('log-in', 'ada@example.com')
  // The server is told of nothing any more, and every way to fail has its say.
  await world.server.kill()
  const { refreshAt } = await tabs[0].snapshot()
  await world.forwardTo(refreshAt, SECOND)
  await eventually(async () => assert.equal((await tabs[0].snapshot()).offline, true))
  await tabs[0].click('refresh-now')
  await showsAnswer(tabs[0], /out of reach/)
  await tabs[0].click('verify')
  await showsAnswer(tabs[0], /could not be asked/)

  const grants = ['/register', '/login', '/refresh'].flatMap(path => world.traffic.grants(path))
  const tokens = grants.flatMap(grant => [grant.access_token, grant.refresh_token])
  // An access and a refresh token each of the registration, of two refreshes and of the login.
  assert.equal(tokens.length, 8)
  const secrets = [...tokens, PASSWORD, 'wrong horse battery']
  const seen = (
    await Promise.all(tabs.map(async tab => [...(await tab.heard()), await tab.content()]))
  ).flat()
  for (const secret of secrets) {
    // A token's signature is as good as unique; its header is not.
    const telling = secret.split('.').at(-1)
    assert.deepEqual(
      seen.filter(text => text.includes(telling)),
      [],
    )
  }
})

/** Everything that a user of two tabs can do without an error. */
async function live(world) {
  const tabs = await world.signedInTabs(2)
  const [here, there] = tabs
  await here.click('add-booking')
  await showsAnswer(here, /^201/)
  await here.click('call-protected')
  await showsAnswer(here, /^200/)
  await here.click('verify')
  await showsAnswer(here, /^The server says that the token is valid/)
  await here.click('refresh-now')
  await showsAnswer(here, /^Refreshed/)
  const { refreshAt, promptAt } = await there.snapshot()
  await world.forwardTo(refreshAt, SECOND)
  for (const tab of tabs) await tab.showsGeneration(3)
  await world.forwardTo(promptAt, SECOND)
  for (const tab of tabs) await eventually(async () => assert.equal((await tab.snapshot()).prompting, true))
  await there.act()
  await world.agreesOnActivity(tabs)
  await here.reload()
  await here.shows('authenticated')
  await here.click('log-out')
  for (const tab of tabs) await tab.showsEnd('logout')
  await eventually(() => assert.deepEqual(world.traffic.statuses('/logout'), [204]))
  await world.forward(MINUTE)
  return tabs
}

function showsAnswer(tab, pattern) {
  return eventually(async () => assert.match(await tab.text('protected-result'), pattern))
}
