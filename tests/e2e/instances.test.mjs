import assert from 'node:assert/strict'
import test from 'node:test'
import { SECOND } from './support/durations.mjs'
import { eventually } from './support/eventually.mjs'
import { PASSWORD } from './support/tab.mjs'
import { createWorld } from './support/world.mjs'

const CREDENTIALS = { email: 'ada@example.com', password: PASSWORD }

test('failure 48: created, disposed of and created again in one go: one session, and nothing left of it', async t => {
  const world = await createWorld(t)
  const tab = await world.openBare()
  const before = await tab.evaluate(() => testPage.holds())
  const status = await tab.evaluate(async credentials => {
    globalThis.createSession().dispose()
    const session = globalThis.createSession()
    window.session = session
    return (await session.register(credentials)).status
  }, CREDENTIALS)
  assert.equal(status, 'authenticated')
  const { refreshAt } = await tab.evaluate(() => window.session.getSnapshot())
  await world.forwardTo(refreshAt, SECOND)
  await eventually(() => assert.deepEqual(world.traffic.statuses('/refresh'), [200]))

  await tab.evaluate(() => window.session.dispose())
  await eventually(async () => assert.deepEqual(await tab.evaluate(() => testPage.holds()), before))
  assert.deepEqual(await tab.heard(), [])
})

test('failure 48: several sessions and copies of the package on a page: one core for each name', async t => {
  const world = await createWorld(t)
  const tab = await world.openBare()
  const before = await tab.evaluate(() => testPage.holds())
  await tab.evaluate(async credentials => {
    const copies = [1, 2, 3, 4, 5].map(number => testPage.package(`/copy-${number}`))
    const sessions = (await Promise.all(copies)).flatMap(({ createSession }) => [
      createSession(),
      createSession(),
    ])
    const other = globalThis.createSession({ name: 'other' })
    await Promise.all([...sessions, other].map(session => session.ready))
    await sessions[0].register(credentials)
    await other.login(credentials)
    Object.assign(window, { sessions, other })
  }, CREDENTIALS)
  const alone = await holdsOfOne(tab)

  const tokens = await tab.evaluate(async () => {
    await Promise.all(window.sessions.map(session => session.refresh()))
    return Promise.all([...window.sessions, window.other].map(session => session.getAccessToken()))
  })
  assert.equal(new Set(tokens.slice(0, -1)).size, 1)
  assert.notEqual(tokens.at(-1), tokens[0])
  assert.deepEqual(world.traffic.statuses('/refresh'), [200])
  assert.deepEqual((await tab.evaluate(() => testPage.holds())).listeners - before.listeners, 2 * alone)

  // The last session of a name takes everything along, and none before it does.
  const statuses = await tab.evaluate(() => {
    const { sessions } = window
    for (const session of sessions.slice(1)) session.dispose()
    return [sessions[0].getSnapshot().status, window.other.getSnapshot().status]
  })
  assert.deepEqual(statuses, ['authenticated', 'authenticated'])
  await tab.evaluate(() => {
    window.sessions[0].dispose()
    window.other.dispose()
  })
  await eventually(async () => assert.deepEqual(await tab.evaluate(() => testPage.holds()), before))
})

test('failure 49: calls at once, from every listener, and from one that throws: all are answered', async t => {
  const world = await createWorld(t)
  const tab = await world.openBare()
  const { answers, heard } = await tab.evaluate(async credentials => {
    const session = globalThis.createSession()
    await session.register(credentials)
    const heard = []
    const callEverything = async () => {
      session.touch()
      session.getSnapshot()
      session.peekAccessToken()
      await Promise.all([session.getAccessToken(), session.verify(), session.refresh()])
    }
    for (const event of ['change', 'refresh', 'end', 'prompt']) {
      let calls = 0
      session.on(event, () => {
        if (++calls <= 3)
          heard.push(
            callEverything().then(
              () => 'done',
              ({ code }) => code,
            ),
          )
        throw new Error("the page's own")
      })
    }
    const calls = Array.from({ length: 20 }, (_, index) =>
      [session.getAccessToken, session.refresh, session.verify, () => session.fetch('/my-bookings')][
        index % 4
      ](),
    )
    const answers = (await Promise.allSettled(calls)).map(({ status }) => status)
    await session.logout()
    return { answers, heard: await Promise.all(heard) }
  }, CREDENTIALS)
  assert.deepEqual(answers, Array(20).fill('fulfilled'))
  assert.ok(
    heard.length > 0 && heard.every(code => ['done', 'signed-out', 'superseded'].includes(code)),
    heard.join(),
  )
  const words = (await tab.heard()).join('\n')
  assert.doesNotMatch(words, /unhandled|recursive|borrow|unreachable|null pointer|closure/)
})

test('failure 49: disposed of in the middle of a refresh, and used after it: no error but the typed one', async t => {
  const world = await createWorld(t)
  const tab = await world.openBare()
  const other = await world.openBare()
  await tab.evaluate(async credentials => {
    window.session = globalThis.createSession()
    await window.session.register(credentials)
  }, CREDENTIALS)
  const held = world.traffic.nextAnswerHeld('/refresh', [tab])
  await tab.evaluate(() => {
    window.refreshing = window.session.refresh().catch(({ code }) => code)
  })
  const { body, deliver } = await held
  const codes = await tab.evaluate(async () => {
    const { session } = window
    session.dispose()
    for (const event of ['focus', 'online', 'pageshow', 'pagehide', 'mousemove', 'storage']) {
      dispatchEvent(new Event(event))
    }
    document.dispatchEvent(new Event('visibilitychange'))
    session.touch()
    session.stay()
    session.dispose()
    const calls = [
      session.getAccessToken,
      session.refresh,
      session.verify,
      session.logout,
      () => session.login({}),
    ]
    const codes = calls.map(call =>
      call().then(
        () => 'none',
        ({ code }) => code,
      ),
    )
    return Promise.all([window.refreshing, ...codes])
  })
  assert.deepEqual(codes, Array(6).fill('disposed'))

  // What the server has granted is the only token that is good: it is stored all the same.
  await deliver()
  await eventually(async () => assert.ok((await tab.stored()).includes(body.refresh_token)))
  const token = await other.evaluate(() => globalThis.createSession().getAccessToken())
  assert.equal(token, body.access_token)
  assert.deepEqual(await tab.heard(), [])
})

/** How many listeners a core of its own brings. */
function holdsOfOne(tab) {
  return tab.evaluate(async () => {
    const before = await testPage.holds()
    const session = globalThis.createSession({ name: 'alone' })
    await session.ready
    await session.setTokens({ accessToken: 'access', expiresIn: 3600 })
    const { listeners } = await testPage.holds()
    session.dispose()
    return listeners - before.listeners
  })
}
