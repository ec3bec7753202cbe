import { dirname } from 'node:path'
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
  // The module always exports a `realloc`.
  /^ {4}if \(realloc === undefined\) \{\n(?: {8}.*\n)+ {4}\}\n/m,
]

/** What is known beforehand: the core starts in pages only, and every browser that runs the module has `globalThis`. */
const KNOWN = [
  [/function\(\) \{\n.* typeof globalThis .*\n.*\n {8}\}/, '() => addToExternrefTable0(globalThis)'],
  [/function\(\) \{\n.* typeof (?:global|self|window) .*\n.*\n {8}\}/g, '() => 0'],
  [/function\(arg0\) \{\n.*\n.*\n.* instanceof Window;\n(?: {12}.*\n)+ {8}\}/, '() => true'],
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

/** JavaScript that exports what the package calls of the glue at `path`. */
export const glueEntry = path => `export { Core, start } from ${JSON.stringify(path)}`

/** Has esbuild read the glue at `path` without what nobody needs. */
export function glueText({ path, text }) {
  for (const declaration of NEEDED) {
    if (!text.includes(declaration)) throw new Error(`the glue has no \`${declaration}\``)
  }
  const needed = NEEDLESS.reduce((rest, pattern) => rest.replace(pattern, ''), text)
  const contents = KNOWN.reduce((rest, [pattern, known]) => rest.replace(pattern, known), needed) + START
  return {
    name: 'glue',
    setup({ onLoad }) {
      onLoad({ filter: /./ }, args => (args.path === path ? { contents } : undefined))
    },
  }
}
