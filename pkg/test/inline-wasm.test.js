import assert from 'node:assert/strict'
import { test } from 'node:test'
import { transformSync } from 'esbuild'
import { inlineModule } from '../build/inline-wasm.mjs'

/** The bytes that come out again after the module has gone through a minifier. */
async function through(bytes) {
  const { code } = transformSync(inlineModule(bytes), { minify: true })
  const { wasmBytes } = await import(`data:text/javascript,${encodeURIComponent(code)}`)
  return wasmBytes()
}

const EVERY_BYTE = Uint8Array.from({ length: 256 }, (_, byte) => byte)
const UNEVEN = Uint8Array.from({ length: 5000 }, (_, index) => (index * index) % 251)

for (const [name, bytes] of Object.entries({
  nothing: new Uint8Array(),
  EVERY_BYTE,
  UNEVEN,
  one: Uint8Array.of(255),
})) {
  test(`${name} comes out as it went in`, async () => {
    assert.deepEqual(await through(bytes), bytes)
  })
}

test('the text is ASCII without anything to escape in a script or a page', () => {
  const [, text] = inlineModule(EVERY_BYTE).match(/^const text = '(.*)'$/m)
  assert.match(text, /^[ -~]+$/)
  assert.doesNotMatch(text, /["'`\\<]/)
})

test('low bytes take one character, the others two', () => {
  const [, text] = inlineModule(new Uint8Array(1000).fill(87, 1).fill(255, 999)).match(
    /^const text = '(.*)'$/m,
  )
  assert.equal(text.length, 1001)
})
