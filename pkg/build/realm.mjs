import { dirname } from 'node:path'
import { build } from 'esbuild'
import { glueEntry, glueText } from './glue.mjs'

/** What a simulated page has of its own. All else that a page's JavaScript uses does not know a page. */
const GLOBALS = [
  'addEventListener',
  'AbortSignal',
  'BroadcastChannel',
  'clearTimeout',
  'crypto',
  'Date',
  'document',
  'fetch',
  'indexedDB',
  'localStorage',
  'location',
  'navigator',
  'performance',
  'removeEventListener',
  'sessionStorage',
  'setTimeout',
  'window',
]

/** What a page's JavaScript imports and is given. */
const GIVEN = {
  // As the application has them: `instanceof` has to hold, whichever tab an error is from.
  './errors.js': 'module.exports = main',
  './wasm-inline.js': 'exports.wasmBytes = () => compiled',
}

/**
 * JavaScript that exports `evaluate`: all that a page loads, from `entry` and from the glue, in one function that takes the
 * page's globals.
 */
export async function realmModule(entry, glue, target) {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    format: 'iife',
    globalName: 'page',
    target,
    write: false,
    plugins: [standIns(glue.path), glueText(glue)],
  })
  return `
const { Instance } = WebAssembly

export function evaluate(globalThis, main, compiled) {
  const { ${GLOBALS.join(', ')} } = globalThis
  // The module is compiled once for all, and each page has an instance of it in no time.
  const WebAssembly = {
    compile: async module => module,
    instantiate: async (module, imports) => new Instance(module, imports),
  }
  ${outputFiles[0].text}
  return page
}`
}

function standIns(gluePath) {
  return {
    name: 'stand-ins',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^\.\/[\w-]+\.js$/ }, ({ path }) =>
        path === './glue.js' || Object.hasOwn(GIVEN, path) ? { path, namespace: 'stand-in' } : undefined,
      )
      onLoad({ filter: /./, namespace: 'stand-in' }, ({ path }) => ({
        contents: GIVEN[path] ?? glueEntry(gluePath),
        resolveDir: dirname(gluePath),
      }))
    },
  }
}
