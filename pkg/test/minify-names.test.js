import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { minifyNames, renameInGlue } from '../build/minify-names.mjs'

const folder = await mkdtemp(join(tmpdir(), 'session-warden-names-test-'))
after(() => rm(folder, { recursive: true }))

/** The parts of wasm-bindgen's glue that have to do with names. */
const GLUE = `
function start() { return wasm.core_start(wasm.__wbindgen_malloc); }
function __wbg_get_imports() {
    const import0 = {
        __proto__: null,
        __wbg_now_0123456789abcdef: function() { return 7; },
    };
    return {
        __proto__: null,
        "./session_warden_bg.js": import0,
    };
}
`

const MAP = {
  imports: [['./session_warden_bg.js', '__wbg_now_0123456789abcdef', 'A']],
  exports: [
    ['core_start', 'B'],
    ['__wbindgen_malloc', 'C'],
    ['core_start_again', 'D'],
  ],
}

/** A section of a module, of fewer than 128 bytes. */
const section = (id, ...content) => [id, content.length, ...content]
const name = text => [text.length, ...Buffer.from(text)]

/** A module with one imported function, which is exported again. */
const moduleBytes = extra =>
  Uint8Array.from([
    ...Buffer.from('\0asm\x01\0\0\0', 'latin1'),
    ...section(1, 1, 0x60, 0, 0),
    ...section(2, 1, ...name('./session_warden_bg.js'), ...name('__wbg_now_0123456789abcdef'), 0, 0),
    ...section(7, 1, ...name('core_start'), 0, 0),
    ...extra,
  ])

test('names get short on both sides', () => {
  const renamed = renameInGlue(GLUE, MAP)
  assert.match(renamed, /return wasm\.B\(wasm\.C\);/)
  assert.match(renamed, /^ {8}A: function\(\) \{ return 7; \},$/m)
  assert.match(renamed, /^ {8}"a": { \.\.\.import0 },$/m)
  assert.doesNotMatch(renamed, /now_0123|core_start|malloc|session_warden_bg/)
})

test('functions that are imported from a file directly come along under their short names', () => {
  const file = './snippets/session-warden-0123456789abcdef/src/page.js'
  const glue = GLUE.replace('import0,', `import0,\n        "${file}": import1,\n        "${file}": import2,`)
  const imports = [...MAP.imports, [file, 'watch', 'E'], [file, 'isVisible', 'F']]
  const renamed = renameInGlue(glue, { ...MAP, imports })
  assert.match(renamed, /^ {8}"a": { \.\.\.import0, E: import2\.watch, F: import2\.isVisible },$/m)
  assert.doesNotMatch(renamed, /snippets/)
})

for (const [what, map, message] of [
  [
    'an import that the glue does not offer',
    { ...MAP, imports: [...MAP.imports, ['./session_warden_bg.js', 'other', 'E']] },
    /other/,
  ],
  [
    'an import from a module that the glue does not offer',
    { ...MAP, imports: [...MAP.imports, ['env', '__wbg_now_0123456789abcdef', 'A']] },
    /env/,
  ],
  [
    'an import from a file that the glue does not offer',
    { ...MAP, imports: [...MAP.imports, ['./snippets/other.js', 'watch', 'E']] },
    /other/,
  ],
  ['an offer that is not imported', { ...MAP, imports: [] }, /__wbg_now_0123456789abcdef/],
  ['a use of what is not exported', { ...MAP, exports: MAP.exports.slice(1) }, /core_start/],
]) {
  test(`${what} fails the build`, () => {
    assert.throws(() => renameInGlue(GLUE, map), message)
  })
}

test('the module that comes with it runs with the renamed glue', async () => {
  const path = join(folder, 'release.wasm')
  await writeFile(path, moduleBytes([]))
  const { bytes, glue } = await minifyNames(path, GLUE.replace('wasm.__wbindgen_malloc', ''))
  const run = new Function(
    'instantiate',
    `let wasm\n${glue}\nwasm = instantiate(__wbg_get_imports())\nreturn start()`,
  )
  const module = await WebAssembly.compile(bytes)
  run(imports => new WebAssembly.Instance(module, imports).exports)
  for (const { name } of [...WebAssembly.Module.imports(module), ...WebAssembly.Module.exports(module)])
    assert.equal(name.length, 1, name)
})

test('a module with function names stays as it is', async () => {
  const path = join(folder, 'dev.wasm')
  const named = moduleBytes(section(0, ...name('name'), 1, 4, 1, 0, ...name('f')))
  await writeFile(path, named)
  const { bytes, glue } = await minifyNames(path, GLUE)
  assert.deepEqual(new Uint8Array(bytes), named)
  assert.equal(glue, GLUE)
})
