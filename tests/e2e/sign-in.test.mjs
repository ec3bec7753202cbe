import assert from 'node:assert/strict'
import test from 'node:test'
import { Key } from 'selenium-webdriver'
import { eventually } from './support/eventually.mjs'
import { createWorld } from './support/world.mjs'

test('a user registers, adds a booking, logs out and logs in again by hand', async t => {
  const world = await createWorld(t)
  const tab = await world.open()
  await tab.shows('unauthenticated')

  await tab.clickOn('E-mail')
  await tab.type('ada@example.com')
  await tab.type(Key.TAB)
  await tab.type('correct horse battery')
  await tab.clickOn('Register')
  await tab.shows('authenticated')
  assert.equal(await tab.text('user-email'), 'ada@example.com')

  await tab.clickOn('Add a booking')
  await showsAnswer(tab, /^201 Created\n/)
  await tab.clickOn('Call a protected route')
  await showsAnswer(tab, /^200 OK\n.*"title": "Table for two/s)

  await tab.clickOn('Log out')
  await tab.showsEnd('logout')

  await tab.clickOn('E-mail')
  await tab.type('ada@example.com')
  await tab.clickOn('Password')
  await tab.type('correct horse battery')
  await tab.type(Key.ENTER)
  await tab.shows('authenticated')
  assert.equal(await tab.text('user-email'), 'ada@example.com')
  await tab.click('call-protected')
  await showsAnswer(tab, /^200 OK\n.*"title": "Table for two/s)

  assert.deepEqual(await tab.events(), ['login', 'end', 'login'])
  assert.deepEqual(world.traffic.statuses('/register'), [201])
  assert.deepEqual(world.traffic.statuses('/login'), [200])
  assert.deepEqual(world.traffic.statuses('/logout'), [204])
})

test('a login in one tab signs the other one in', async t => {
  const world = await createWorld(t)
  const [here, there] = [await world.open(), await world.open()]
  await here.signedIn('register', 'ada@example.com')
  await there.shows('authenticated')
  assert.equal(await there.text('user-email'), 'ada@example.com')
  assert.equal(await there.callProtected(), 200)
  assert.equal(world.traffic.to('/register').length, 1)
})

test('a wrong password shows the error and starts no session', async t => {
  const world = await createWorld(t)
  const [first] = await world.signedInTabs(1)
  await first.click('log-out')
  await first.showsEnd('logout')

  const tab = await world.open()
  await tab.signIn('log-in', 'ada@example.com', 'wrong horse battery')
  await eventually(async () =>
    assert.equal(await tab.text('form-error'), 'the e-mail address or the password is wrong'),
  )
  assert.equal((await tab.snapshot()).status, 'unauthenticated')
  assert.equal((await first.snapshot()).status, 'unauthenticated')
  assert.deepEqual(await tab.events(), [])
  assert.equal(await tab.callProtected(), 401)
  assert.deepEqual(world.traffic.statuses('/login'), [401])
  await tab.reload()
  await tab.shows('unauthenticated')
})

test('a reload keeps the session and its user, and asks the auth server nothing', async t => {
  const world = await createWorld(t)
  const [tab] = await world.signedInTabs(1)
  const before = await tab.snapshot()

  await tab.reload()
  await tab.shows('authenticated')
  const after = await tab.snapshot()
  assert.equal(await tab.text('user-email'), 'ada@example.com')
  assert.deepEqual(after.user, before.user)
  assert.equal(after.expiresAt, before.expiresAt)
  assert.equal(await tab.callProtected(), 200)
  const asked = ['/login', '/refresh', '/verify', '/me', '/logout'].flatMap(path => world.traffic.to(path))
  assert.deepEqual(
    asked.map(({ path }) => path),
    [],
  )
})

async function showsAnswer(tab, pattern) {
  await eventually(async () => assert.match(await tab.text('protected-result'), pattern))
}
