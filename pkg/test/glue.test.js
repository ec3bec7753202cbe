import assert from 'node:assert/strict'
import { test } from 'node:test'
import { glueText } from '../build/glue.mjs'

/** What the build needs of any glue. */
const NEEDED = `function __wbg_finalize_init(instance, module) {
}
function __wbg_get_imports() {
}
`

/** wasm-bindgen's own way to hand a text to the module. */
const PASS_STRING = `function passStringToWasm0(arg, malloc, realloc) {
    let len = arg.length;
    let ptr = malloc(len, 1) >>> 0;

    const mem = getUint8ArrayMemory0();

    let offset = 0;

    for (; offset < len; offset++) {
        const code = arg.charCodeAt(offset);
        if (code > 0x7F) break;
        mem[ptr + offset] = code;
    }
    if (offset !== len) {
        if (offset !== 0) {
            arg = arg.slice(offset);
        }
        ptr = realloc(ptr, len, len = offset + arg.length * 3, 1) >>> 0;
        const view = getUint8ArrayMemory0().subarray(ptr + offset, ptr + len);
        const ret = cachedTextEncoder.encodeInto(arg, view);

        offset += ret.written;
        ptr = realloc(ptr, len, offset, 1) >>> 0;
    }

    WASM_VECTOR_LEN = offset;
    return ptr;
}
`

const DECODE = `let cachedTextDecoder = new TextDecoder('utf-8', { ignoreBOM: true });
cachedTextDecoder.decode();
const MAX_SAFARI_DECODE_BYTES = 2146435072;
let numBytesDecoded = 0;
function decodeText(bytes) {
    numBytesDecoded += bytes.length;
    return cachedTextDecoder.decode(bytes);
}
`

const GLOBAL = `        __wbg_static_accessor_GLOBAL_THIS_0: function() {
            const ret = typeof globalThis === 'undefined' ? undefined : globalThis;
            return isLikeNone(ret) ? 0 : addToExternrefTable0(ret);
        },
`

/** What becomes of a glue with `text` in it, without what is before and after that. */
function shortened(text) {
  let load
  glueText({ path: 'glue.js', text: NEEDED + text }).setup({
    onResolve() {},
    onLoad: (_, loads) => (load = loads),
  })
  const { contents } = load({ path: 'glue.js' })
  return contents.slice(NEEDED.length, contents.indexOf('\nexport async function start'))
}

/** The bytes that `pass`, a function's text, leaves in a memory. */
function passed(pass, text) {
  const memory = new Uint8Array(1_000)
  const world = `const cachedTextEncoder = new TextEncoder(); let WASM_VECTOR_LEN = 0
    const getUint8ArrayMemory0 = () => memory
    ${pass}
    const ptr = passStringToWasm0(text, () => 8, ptr => ptr)
    return memory.slice(ptr, ptr + WASM_VECTOR_LEN)`
  return new Function('memory', 'text', world)(memory, text)
}

test('a text arrives as it does without the short cut', () => {
  assert.notEqual(shortened(PASS_STRING), PASS_STRING)
  for (const text of ['', 'plain', 'grüße', '語', '🙂 and more', 'half \ud83d', 'a'.repeat(300)])
    assert.deepEqual(passed(shortened(PASS_STRING), text), passed(PASS_STRING, text), text)
})

test('what wasm-bindgen words differently is left as it is, and not replaced by what calls something else', () => {
  for (const [text, from, to] of [
    [PASS_STRING, 'getUint8ArrayMemory0().subarray', 'new Uint8Array(wasm.memory.buffer).subarray'],
    [PASS_STRING, 'malloc(len, 1)', 'alloc(len)'],
    [DECODE, 'decodeText(bytes)', 'decodeText(ptr, len)'],
    [GLOBAL, '? 0 : addToExternrefTable0(ret)', '? 0 : addHeapObject(ret, true)'],
  ]) {
    assert.notEqual(shortened(text), text)
    const other = text.replaceAll(from, to)
    assert.notEqual(other, text)
    assert.equal(shortened(other), other)
  }
})
