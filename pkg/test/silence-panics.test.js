import assert from 'node:assert/strict'
import { test } from 'node:test'
import binaryen from 'binaryen'
import { silencePanics } from '../build/silence-panics.mjs'

const PANIC = '"core[0123456789abcdef]::panicking::panic_fmt"'
const WRITE = '"core[0123456789abcdef]::fmt::write"'

/** A module that panics when `run` is called, and would have called `say` first. */
const moduleOf = run =>
  binaryen
    .parseText(`(module
      (import "page" "say" (func $say))
      (func $${PANIC} (call $${WRITE}))
      (func $${WRITE} (call $say))
      (table funcref (elem $${WRITE}))
      (func $run (export "run") ${run}))`)
    .emitBinary()

async function start(bytes) {
  let said = 0
  const { instance } = await WebAssembly.instantiate(bytes, { page: { say: () => said++ } })
  return { run: instance.exports.run, said: () => said }
}

test('a panic traps without a word', async () => {
  const bytes = moduleOf(`(call $${PANIC})`)
  const wordy = await start(bytes)
  wordy.run()
  assert.equal(wordy.said(), 1)

  const silent = await start(silencePanics(bytes))
  assert.throws(silent.run, WebAssembly.RuntimeError)
  assert.equal(silent.said(), 0)
})

test('a module that formats text for more than panics is refused', () => {
  const bytes = moduleOf(`(call $${PANIC}) (call $${WRITE})`)
  assert.throws(() => silencePanics(bytes), /calls core.*::fmt::write/)
})

test('what is there for async work alone is emptied, and a module that does such work is refused', () => {
  const WAKE = '"js_sys[0123456789abcdef]::futures::task::wake"'
  const moduleThat = run =>
    binaryen
      .parseText(`(module
        (import "page" "say" (func $say))
        (func $${PANIC} (nop))
        (func $${WAKE} (call $say))
        (table (export "table") funcref (elem $${WAKE}))
        (func (export "run") (call $${PANIC}) ${run}))`)
      .emitBinary()
  const silent = binaryen.readBinary(silencePanics(moduleThat('')))
  assert.doesNotMatch(silent.emitText(), /call \$say/)
  assert.throws(() => silencePanics(moduleThat(`(call $${WAKE})`)), /calls js_sys.*::wake/)
})

for (const path of [`/rustc/${'0123456789'.repeat(4)}/library/core/src/cell.rs`, 'src/shell/mod.rs']) {
  test(`where a panic was is not said, and everything else stays where it is: ${path}`, () => {
    const data = `before${path}after`
    const module = binaryen.parseText(
      `(module (memory (export "memory") 1) (data (i32.const 0) "${data}") (func $${PANIC} (nop)) (func (export "run") (call $${PANIC})))`,
    )
    const silent = Buffer.from(silencePanics(module.emitBinary())).toString('latin1')
    assert.ok(silent.includes(`before${'\0'.repeat(path.length)}after`))
  })
}

test('a module without names is refused', () => {
  const module = binaryen.parseText('(module (func $run (export "run")))')
  assert.throws(() => silencePanics(module.emitBinary()), /no function where panics meet/)
})
