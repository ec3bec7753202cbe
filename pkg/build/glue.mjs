import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/**
 * In place of the glue's own `init`, which also fetches, guesses what it was given and warns of former signatures: an
 * eighth of the whole. `loader.ts` brings the compiled module.
 */
const START = `
export async function start(module) {
  __wbg_finalize_init(await WebAssembly.instantiate(module, __wbg_get_imports()), module)
}
`

/** What no page needs. Where wasm-bindgen words it differently one day, the glue works as well and is larger. */
const NEEDLESS = [
  // The package ends a core with `dispose`; its memory is the garbage collector's.
  /^ {4}(?:free|__destroy_into_raw)\(\) \{\n(?: {8}.*\n)+ {4}\}\n/gm,
  /^if \(Symbol\.dispose\) .*\n/m,
  // Every browser that runs the module has these.
  /^if \(!\('encodeInto' in \w+\)\) \{\n(?: {4}.*\n)+\}\n/m,
  /(?<= = )\(typeof FinalizationRegistry === 'undefined'\)\n.*\n *: (?=new FinalizationRegistry\()/g,
  // Nobody asks for them again.
  /^ {4}wasm(?:Instance|Module) = \w+;\n/gm,
  // The module always exports a `realloc`.
  /^ {4}if \(realloc === undefined\) \{\n(?: {8}.*\n)+ {4}\}\n/m,
]

/**
 * What is known beforehand: the core starts in pages only, and every browser that runs the module has `globalThis`. Each
 * pattern holds whatever its replacement calls, so that this too is left alone where it is worded differently.
 */
const KNOWN = [
  [/function\(\) \{\n.* typeof globalThis .*\n.* \? 0 : (\w+)\(ret\);\n {8}\}/, '() => $1(globalThis)'],
  [/function\(\) \{\n.* typeof (?:global|self|window) .*\n.* \? 0 : \w+\(ret\);\n {8}\}/g, '() => 0'],
  [/function\(arg0\) \{\n.*\n.*\n.* instanceof Window;\n(?: {12}.*\n)+ {8}\}/, '() => true'],
  // Memory that has grown has another buffer.
  [
    /if \((\w+) === null \|\| \1\.buffer\.detached .* !== (wasm\.\w+\.buffer)\)\) \{/,
    'if ($1?.buffer !== $2) {',
  ],
  // The loop before it spares short texts a detour that costs more to download than it saves. Of nothing nothing is left over.
  [
    /^( {4})let len = arg\.length;\n {4}(let ptr = malloc\(len, 1\) >>> 0;)\n(?:.*\n)*? {4}if \(offset !== len\) \{\n(?: {8}.*\n)+? {8}const view = (\w+\(\)\.subarray\(ptr) \+ offset(, ptr \+ len\));\n {8}const ret = (\w+\.encodeInto\(arg, )view\);\n\n {8}offset \+= ret(\.written;)\n {8}(ptr = realloc\(ptr, len, offset, 1\) >>> 0;)\n {4}\}\n/m,
    `$1const len = arg.length * 3;
$1$2
$1const offset = $5$3$4)$6
$1if (len > 0) $7
`,
  ],
  // Safari's decoders fail after two gigabytes, which wasm-bindgen counts. A new one has none behind it.
  [
    /^let cachedTextDecoder = (.*);\n.*\n.*\n.*\nfunction decodeText\(bytes\) \{\n(?: {4}.*\n)+ {4}return cachedTextDecoder\.decode\(bytes\);\n\}/m,
    'const decodeText = bytes => $1.decode(bytes)',
  ],
]

/** What `START` calls, as wasm-bindgen declares it: not part of what it promises to keep. */
const NEEDED = ['function __wbg_finalize_init(instance, module) {', 'function __wbg_get_imports() {']

/** Writes to `outfile` what the package calls of the glue at `path`, whose text is `text`, with the JavaScript that it imports. */
export async function bundleGlue({ path, text }, outfile, options) {
  await build({
    ...options,
    stdin: { contents: glueEntry(path), resolveDir: dirname(path) },
    outfile,
    bundle: true,
    minify: true,
    legalComments: 'none',
    plugins: [glueText({ path, text })],
  })
}

/** The library's own JavaScript, of which wasm-bindgen has a copy beside the glue. */
const ANSWER = fileURLToPath(new URL('../../src/shell/answer.js', import.meta.url))

/** JavaScript that exports what the package calls of the glue at `path`. */
export const glueEntry = path =>
  `export { Core, start } from ${JSON.stringify(path)}\nexport { payload } from ${JSON.stringify(ANSWER)}`

/** Has esbuild read the glue at `path` without what nobody needs, and what is there twice only once. */
export function glueText({ path, text }) {
  for (const declaration of NEEDED) {
    if (!text.includes(declaration)) throw new Error(`the glue has no \`${declaration}\``)
  }
  const needed = NEEDLESS.reduce((rest, pattern) => rest.replace(pattern, ''), text)
  const contents = KNOWN.reduce((rest, [pattern, known]) => rest.replace(pattern, known), needed) + START
  return {
    name: 'glue',
    setup({ onLoad, onResolve }) {
      onResolve({ filter: /\/snippets\/.*\/answer\.js$/ }, () => ({ path: ANSWER }))
      onLoad({ filter: /./ }, args => (args.path === path ? { contents } : undefined))
    },
  }
}
