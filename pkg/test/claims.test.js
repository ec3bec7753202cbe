import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { closePage, openPage } from './support/page.js'
import { importCopy } from './support/stub-package.js'
import { tokenOf } from './support/token.js'

let session
let core

beforeEach(async () => {
  const page = openPage()
  const { createSession } = await importCopy()
  session = createSession()
  await session.ready
  core = page.stage.cores.at(-1)
})

afterEach(closePage)

/** The claims that the page sees of `token`. */
function claimsOf(token) {
  core.tokenAtHand = token
  core.become({ status: 'authenticated' })
  return session.getSnapshot().claims
}

for (const name of ['Ada', 'José', '李雷', '👩‍🚀', 'ÿþý']) {
  test(`failure 47: ${name} comes out whole`, () => {
    assert.deepEqual(claimsOf(tokenOf({ sub: '7', name })), { sub: '7', name })
  })
}

test('failure 47: payloads of every length modulo 4 are read', () => {
  const lengths = new Set()
  for (const name of ['', 'a', 'ab', 'abc', 'abcd']) {
    const token = tokenOf({ name })
    lengths.add(token.split('.')[1].length % 4)
    assert.deepEqual(claimsOf(token), { name })
  }
  // No number of bytes takes one character beyond a group of four.
  assert.deepEqual([...lengths].sort(), [0, 2, 3])
})

test('failure 47: both letters of the URL alphabet are read', () => {
  const token = tokenOf('{"a":"~~~???>>>"}')
  assert.match(token.split('.')[1], /-/)
  assert.match(token.split('.')[1], /_/)
  assert.deepEqual(claimsOf(token), { a: '~~~???>>>' })
})

for (const [sub, padding] of [
  ['7', '='],
  ['', '=='],
]) {
  test(`failure 47: the padding ${padding} is taken`, () => {
    const [head, payload, signature] = tokenOf({ sub }).split('.')
    assert.deepEqual(claimsOf(`${head}.${payload}${padding}.${signature}`), { sub })
  })
}

test('failure 47: a long payload is read', () => {
  const roles = Array.from({ length: 50_000 }, (_, index) => `role-${index}-é`)
  assert.deepEqual(claimsOf(tokenOf({ roles })), { roles })
})

for (const [what, token] of [
  ['an opaque token', 'c2Vzc2lvbg'],
  ['an empty token', ''],
  ['nothing but dots', '..'],
  ['a million dots', '.'.repeat(1_000_000)],
  ['two parts', tokenOf({ sub: '7' }).split('.').slice(0, 2).join('.')],
  ['an encrypted token', `${tokenOf({ sub: '7' })}.aXY.dGFn`],
  ['a payload that is no base64', 'a.b$c.d'],
  ['a payload cut short', tokenOf({ sub: '7' }).replace(/...(\.\w+)$/, '$1')],
  ['a payload that is no text', `a.${Buffer.from('{"a":"\xff"}', 'latin1').toString('base64url')}.c`],
  ['a payload that is no JSON', tokenOf('{sub:7}')],
  ['a list', tokenOf([{ sub: '7' }])],
  ['a string', tokenOf('"sub"')],
  ['a number', tokenOf('7')],
  ['null', tokenOf('null')],
]) {
  test(`failure 47: ${what} has no claims`, () => {
    assert.equal(claimsOf(token), null)
  })
}

test('the claims are the same object for the same token, and others for another', () => {
  const first = claimsOf(tokenOf({ sub: '7' }))
  core.become({ offline: true })
  assert.equal(session.getSnapshot().claims, first)
  assert.deepEqual(claimsOf(tokenOf({ sub: '8' })), { sub: '8' })
})

test('while the session is in doubt its claims stand; when it is over they are gone', () => {
  const claims = claimsOf(tokenOf({ sub: '7' }))
  core.tokenAtHand = undefined
  core.become({ offline: true })
  assert.equal(session.getSnapshot().claims, claims)
  core.become({ status: 'unauthenticated' })
  assert.equal(session.getSnapshot().claims, null)
  core.become({ status: 'authenticated' })
  assert.equal(session.getSnapshot().claims, null)
})
