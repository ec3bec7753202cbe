// A WebAssembly module inside JavaScript text, at the least cost on the wire.
//
// Base64 spreads three bytes over four characters, so that equal instructions look different to a compressor: 32 %
// more than the module itself under brotli. Here every byte starts a character of its own: the 88 lowest, which make
// up most of a module, take one, the others an escape and a second. That costs 1 %, is plain ASCII, and holds nothing
// that a minifier or an HTML page has to escape.

/**
 * Printable ASCII without quotes, backslash and `<` (which could begin `</script`), in the order of the bytes. A
 * compressor for text expects much after a space or a full stop, so these two are the escapes; and the letters are
 * where most of the frequent bytes are. Measured best of some hundred orders.
 */
const ALPHABET = 'uvwxyz{|}~!#$%&()*+,-/0123456789:;=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_abcdefghijklmnopqrst .'

/** The last two characters begin a pair; the others stand alone. */
const DIRECT = ALPHABET.length - 2

/** The text for `bytes`. */
export function encode(bytes) {
  const codes = Array.from({ length: 256 }, (_, byte) => {
    if (byte < DIRECT) return ALPHABET[byte]
    const rest = byte - DIRECT
    return ALPHABET[DIRECT + Math.floor(rest / ALPHABET.length)] + ALPHABET[rest % ALPHABET.length]
  })
  return Array.from(bytes, byte => codes[byte]).join('')
}

/** JavaScript that exports `wasmBytes()`. */
export function inlineModule(bytes) {
  return `${decode}
const text = '${encode(bytes)}'
export const wasmBytes = () => decode('${ALPHABET}', text, ${bytes.length})
`
}

/** The reverse of `encode`. Goes into the package as it stands, so it may use nothing from around it. */
export function decode(alphabet, text, length) {
  // Every page pays for this loop before the module is compiled: typed arrays take half the time of strings.
  const place = new Uint8Array(128)
  for (let i = 0; i < alphabet.length; i++) place[alphabet.charCodeAt(i)] = i
  const codes = new TextEncoder().encode(text)
  const direct = alphabet.length - 2
  const bytes = new Uint8Array(length)
  for (let i = 0, at = 0; i < length; i++) {
    const byte = place[codes[at++]]
    bytes[i] = byte < direct ? byte : direct + (byte - direct) * alphabet.length + place[codes[at++]]
  }
  return bytes
}
