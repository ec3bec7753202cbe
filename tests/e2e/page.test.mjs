import assert from 'node:assert/strict'
import test from 'node:test'
import { MINUTE, SECOND } from './support/durations.mjs'
import { eventually } from './support/eventually.mjs'
import { PASSWORD } from './support/tab.mjs'
import { createWorld } from './support/world.mjs'

test('the page works under its strict policy without a violation or a word in the console', async t => {
  const world = await createWorld(t)
  const heard = listen(world.context)
  const document = await world.context.request.get(world.server.url)
  assert.match(document.headers()['content-security-policy'], /script-src 'self' 'wasm-unsafe-eval';/)

  await live(world)
  assert.deepEqual(await heard(), [])
})

test('no token and no password is shown in the console, the events or the page', async t => {
  const world = await createWorld(t, { session: { logLevel: 'debug' } })
  const heard = listen(world.context)
  const granted = collectTokens(world.context)
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

  const tokens = await granted()
  // An access and a refresh token each of the registration, of two refreshes and of the login.
  assert.equal(tokens.length, 8)
  const secrets = [...tokens, PASSWORD, 'wrong horse battery']
  const seen = [...(await heard()), ...(await Promise.all(tabs.map(tab => tab.page.content())))]
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

/** What the pages of `context` have had to say since, when asked: console, uncaught errors, violations of the policy. */
function listen(context) {
  const texts = []
  context.on('console', message => {
    texts.push(message.text())
    for (const value of message.args()) {
      texts.push(value.evaluate(value => (value instanceof Error ? value.stack : JSON.stringify(value))))
    }
  })
  context.on('weberror', error => texts.push(String(error.error())))
  return async () => (await Promise.all(texts)).map(String)
}

/** The tokens that the auth server has handed to the pages of `context` since, when asked. */
function collectTokens(context) {
  const grants = []
  context.on('response', response => {
    // Read at once: a page that is reloaded takes the bodies of its answers along.
    if (/\/(login|register|refresh)$/.test(response.url()) && response.ok()) grants.push(response.json())
  })
  return async () => (await Promise.all(grants)).flatMap(grant => [grant.access_token, grant.refresh_token])
}
