// The vault by itself, for what a browser cannot be made to do at the right moment.
import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { adapterVault } from '../dist/esm/vault.js'

const KEY = 'session-warden:session'

let texts
let before
let vault
let copy

beforeEach(() => {
  texts = new Map()
  before = {}
  vault = adapterVault('session', {
    async getItem(key) {
      await before.getItem?.()
      return texts.get(key)
    },
    async setItem(key, text) {
      await before.setItem?.()
      texts.set(key, text)
    },
    removeItem: async key => texts.delete(key),
  })
  const stored = new Map()
  copy = { getItem: key => stored.get(key) ?? null, setItem: (key, text) => stored.set(key, text) }
})

const record = access => ({ access })

const live = (generation, access) => ({
  sid: 'sid',
  generation,
  version: generation,
  ...(access && { record: record(access) }),
})

const ended = { sid: 'sid', generation: 9, version: 9, ended: { reason: 'logout', at: 1 } }

/** A store whose row is `row.now`. */
const storeOf = row => async decide => {
  const was = row.now
  row.now = decide(was) ?? was
  return [was, row.now]
}

const broken = () => Promise.reject(new Error('no store'))

const kept = () => [...texts.values()].map(text => JSON.parse(text).access)

/** Everything that needs no more than microtasks has happened. */
const settled = () => new Promise(resolve => setImmediate(resolve))

test('what a row bore goes when it bears something else', async () => {
  const run = storeOf({})
  for (const access of ['first', 'second']) {
    const written = await vault.change(run, () => live(1, access), 'sid', record(access))
    assert.deepEqual(written, record(access))
  }
  await settled()
  assert.deepEqual(kept(), ['second'])
  await vault.change(run, () => ended, 'sid')
  await settled()
  assert.deepEqual(kept(), [])
})

test('without a row, what a copy bore goes when it bears something else', async () => {
  await assert.rejects(vault.change(broken, () => {}))
  for (const access of ['first', 'second', 'third']) {
    vault.writeCopy(copy, KEY, live(1, access))
    await settled()
    assert.deepEqual(kept(), [access])
    assert.deepEqual(await vault.openCopy(copy.getItem(KEY)), record(access))
  }
  vault.writeCopy(copy, KEY, ended)
  await settled()
  assert.deepEqual(kept(), [])
})

test('what was put away for a store that has failed goes with the session, or when the store is there again', async () => {
  const change = (run, access) => vault.change(run, () => live(1, access), 'sid', record(access))
  await assert.rejects(change(broken, 'first'))
  await assert.rejects(change(broken, 'second'))
  assert.deepEqual(kept(), ['first', 'second'], 'either may have been written after all')
  await change(storeOf({}), 'third')
  await settled()
  assert.deepEqual(kept(), ['third'])

  await assert.rejects(change(broken, 'fourth'))
  vault.writeCopy(copy, KEY, ended)
  await settled()
  assert.deepEqual(kept(), ['third'], 'which the tombstone in the row will take along')
})

test('a copy that waits for its tokens to be put away is overtaken by the tombstone', async () => {
  let go
  before.setItem = () => new Promise(resolve => (go = resolve))
  vault.writeCopy(copy, KEY, live(1, 'first'))
  await settled()
  vault.writeCopy(copy, KEY, ended)
  assert.deepEqual(JSON.parse(copy.getItem(KEY)).ended, ended.ended, 'at once')
  go()
  await settled()
  assert.deepEqual(JSON.parse(copy.getItem(KEY)).ended, ended.ended)
})

test('what is put away too late is not kept', async context => {
  context.mock.timers.enable({ apis: ['setTimeout'] })
  let go
  before.setItem = () => new Promise(resolve => (go = resolve))
  const row = {}
  const changed = vault.change(storeOf(row), () => live(1, 'late'), 'sid', record('late'))
  await settled()
  context.mock.timers.tick(1_000)
  assert.equal(await changed, null)
  assert.equal(row.now, undefined)
  go()
  await settled()
  assert.deepEqual(kept(), [])
})

test('an adapter that does not find anything holds up no later change', async context => {
  context.mock.timers.enable({ apis: ['setTimeout'] })
  const row = { now: { ...live(1), sealed: 'elsewhere' } }
  before.getItem = () => new Promise(() => {})
  const read = vault.change(storeOf(row), () => {})
  await settled()
  const out = vault.change(storeOf(row), () => ended, 'sid')
  assert.equal(row.now.ended?.reason, 'logout', 'at once')
  context.mock.timers.tick(1_000)
  assert.equal(await read, null)
  assert.equal(await out, true)
})

test('a claim keeps what the row bears, sealed or not, and no other session or generation gets it', async () => {
  const sealed = { ...live(1), sealed: 'text' }
  const after = async (now, next) => {
    const row = { now }
    await vault.change(storeOf(row), () => next, 'sid')
    return row.now
  }
  assert.equal((await after(sealed, live(1))).sealed, 'text')
  assert.equal((await after(sealed, live(2))).sealed, undefined)
  assert.equal((await after(sealed, { ...live(1), sid: 'other' })).sealed, undefined)
  assert.deepEqual((await after(live(1, 'plain'), live(1, 'plain'))).record, record('plain'))
})
