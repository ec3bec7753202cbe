// A WebAssembly module inside JavaScript text, at the least cost on the wire.
//
// Base64 spreads three bytes over four characters, so that equal instructions look different to a compressor: 32 %
// more than the module itself under brotli (56.0 against 42.4 KB for a 107 KB module). Here every byte starts a
// character of its own: the 88 most frequent take one, the others an escape and a second. That costs 3 %, is plain
// ASCII, and holds nothing that a minifier or an HTML page has to escape.

/** Printable ASCII without quotes, backslash and `<` (which could begin `</script`). */
const ALPHABET = Array.from({ length: 95 }, (_, index) => String.fromCharCode(0x20 + index))
  .filter(character => !'"\'`\\<'.includes(character))
  .join('')

/** The last two characters begin a pair; the others stand alone. */
const ESCAPES = ALPHABET.slice(-2)
const DIRECT = ALPHABET.slice(0, -2)

/** The text for `bytes`, with the byte that each character of `DIRECT` stands for. */
export function encode(bytes) {
  const direct = chooseDirect(bytes)
  const codes = new Array(256)
  direct.forEach((byte, index) => {
    codes[byte] = DIRECT[index]
  })
  escapedBytes(direct).forEach((byte, index) => {
    codes[byte] = ESCAPES[Math.floor(index / ALPHABET.length)] + ALPHABET[index % ALPHABET.length]
  })
  return { direct, text: Array.from(bytes, byte => codes[byte]).join('') }
}

/** JavaScript that exports `wasmBytes()`. */
export function inlineModule(bytes) {
  const { direct, text } = encode(bytes)
  const table = Buffer.from(direct).toString('hex')
  return `${decode}
const text = '${text}'
export const wasmBytes = () => decode('${ALPHABET}', '${table}', text, ${bytes.length})
`
}

/** The reverse of `encode`. Goes into the package as it stands, so it may use nothing from around it. */
export function decode(alphabet, table, text, length) {
  // Every page pays for this loop before it is compiled: typed arrays all the way take half the time of strings.
  const order = new Uint8Array(table.length / 2 + 256)
  let known = 0
  while (known * 2 < table.length) order[known] = Number.parseInt(table.slice(known * 2, ++known * 2), 16)
  const direct = order.slice(0, known)
  for (let byte = 0; byte < 256; byte++) if (!direct.includes(byte)) order[known++] = byte
  const place = new Uint8Array(128)
  const meaning = new Int16Array(128)
  for (let i = 0; i < alphabet.length; i++) {
    const code = alphabet.charCodeAt(i)
    place[code] = i
    meaning[code] = i < direct.length ? direct[i] : -(direct.length + (i - direct.length) * alphabet.length)
  }
  const codes = new TextEncoder().encode(text)
  const bytes = new Uint8Array(length)
  for (let i = 0, at = 0; i < length; i++) {
    const found = meaning[codes[at++]]
    bytes[i] = found < 0 ? order[place[codes[at++]] - found] : found
  }
  return bytes
}

/** The most frequent bytes in the order of `DIRECT`. Printable ones stand for themselves, which compresses best. */
function chooseDirect(bytes) {
  const counts = new Array(256).fill(0)
  for (const byte of bytes) counts[byte]++
  const frequent = [...counts.keys()].sort((a, b) => counts[b] - counts[a] || a - b).slice(0, DIRECT.length)
  const themselves = new Set(frequent.filter(byte => DIRECT.includes(String.fromCharCode(byte))))
  const others = frequent.filter(byte => !themselves.has(byte)).sort((a, b) => a - b)
  return Array.from(DIRECT, character => {
    const byte = character.charCodeAt(0)
    return themselves.has(byte) ? byte : others.shift()
  })
}

function escapedBytes(direct) {
  return Array.from({ length: 256 }, (_, byte) => byte).filter(byte => !direct.includes(byte))
}
