import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { closePage, openPage } from './support/page.js'
import { importCopy } from './support/stub-package.js'

const NOW = 1_700_000_000_000

let page
let session
let core

beforeEach(async context => {
  context.mock.timers.enable({ apis: ['Date'], now: NOW })
  page = openPage()
  const { createSession } = await importCopy()
  session = createSession({ fetch: async () => new Response('') })
  await session.ready
  core = page.stage.cores.at(-1)
  core.answers.token = async () => ({ accessToken: core.tokenAtHand, sid: 'sid', generation: 1 })
  core.answers.verify = () => ({ valid: true })
})

afterEach(closePage)

/** Signs in, with what the snapshot is to say besides, and asks for the token once. */
async function signIn(snapshot) {
  core.tokenAtHand = 'first'
  core.become({ status: 'authenticated', expiresAt: NOW + 60_000, ...snapshot })
  assert.equal(await session.getAccessToken(), 'first')
}

const timesAsked = () => core.calls.filter(([name]) => name === 'token').length

/** Whether the core is asked at the next request for a token. */
async function asksTheCore() {
  const before = timesAsked()
  await session.getAccessToken()
  return timesAsked() > before
}

test('a fresh token is had without the core', async () => {
  await signIn()
  for (const name of ['token', 'snapshot', 'peekAccessToken'])
    core[name] = () => assert.fail(`asked for ${name}`)
  assert.equal(await session.getAccessToken(), 'first')
  assert.equal((await session.fetch('/things')).status, 200)
})

for (const [what, snapshot, lasts] of [
  ['two seconds before it expires', {}, 58_000],
  ['when the session would end for idleness', { idleAt: NOW + 10_000 }, 10_000],
  ['when the session ends', { endsAt: NOW + 20_000 }, 20_000],
  ['never, where nothing ends', { expiresAt: null }, Number.POSITIVE_INFINITY],
]) {
  test(`the core is asked again ${what}`, async context => {
    await signIn(snapshot)
    context.mock.timers.setTime(NOW + Math.min(lasts, 1e12) - 1)
    assert.equal(await asksTheCore(), false)
    if (lasts === Number.POSITIVE_INFINITY) return
    context.mock.timers.setTime(NOW + lasts)
    assert.equal(await asksTheCore(), true)
  })
}

for (const name of ['change', 'refresh', 'end', 'user-changed', 'login']) {
  test(`the core is asked again after ${name}`, async () => {
    await signIn()
    core.tokenAtHand = 'second'
    core.emit(name, name === 'change' ? null : {})
    assert.equal(await session.getAccessToken(), 'second')
  })
}

test('in a listener the token is the new one already', async () => {
  await signIn()
  let heard
  session.on('refresh', () => {
    heard = session.getAccessToken()
  })
  core.tokenAtHand = 'second'
  core.emit('refresh', { generation: 2, by: 'other-tab' })
  assert.equal(await heard, 'second')
})

for (const name of ['pageshow', 'resume']) {
  test(`after ${name} the core is asked until it is in no doubt`, async () => {
    await signIn()
    core.tokenAtHand = undefined
    core.answers.token = async () => ({ accessToken: 'first', sid: 'sid', generation: 1 })
    dispatchEvent(new Event(name))
    assert.equal(await asksTheCore(), true)
    assert.equal(await asksTheCore(), true)
    core.tokenAtHand = 'first'
    assert.equal(await asksTheCore(), true)
    assert.equal(await asksTheCore(), false)
  })
}

test('a token that was overtaken while it was on its way is not kept', async () => {
  await signIn()
  core.answers.token = async () => {
    core.tokenAtHand = 'second'
    return { accessToken: 'first', sid: 'sid', generation: 1 }
  }
  core.become({ refreshing: true })
  await session.getAccessToken()
  assert.equal(await asksTheCore(), true)
})

test('a token that the server does not accept is not handed out again', async () => {
  await signIn()
  await session.verify()
  assert.equal(await asksTheCore(), false)
  core.answers.verify = () => ({ valid: false })
  await session.verify()
  assert.equal(await asksTheCore(), true)
})

test('after dispose no token is handed out, and the page is not listened to', async context => {
  const removed = context.mock.method(globalThis, 'removeEventListener')
  await signIn()
  session.dispose()
  await assert.rejects(session.getAccessToken(), { name: 'DisposedError' })
  assert.deepEqual(
    removed.mock.calls.map(({ arguments: [name] }) => name),
    ['pageshow', 'resume'],
  )
})

test('an aborted signal comes first', async () => {
  await signIn()
  await assert.rejects(session.getAccessToken({ signal: AbortSignal.abort() }), { name: 'AbortError' })
})
