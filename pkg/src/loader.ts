import { within } from './deadline.js'
import { WasmLoadError } from './errors.js'
import type { SessionOptions } from './options.js'

/** Whatever is late by this many milliseconds is taken for lost. */
const LOAD_TIMEOUT = 30_000

/** What the core is reached by. */
type Glue = typeof import('./glue.js')

let loading: Promise<Glue> | undefined

/**
 * What leads to the core, once the WebAssembly module runs. Loaded once a page; a failure is forgotten, so that the next
 * session tries again. Rejects with {@link WasmLoadError}.
 */
export function loadCore(source: SessionOptions['wasm']): Promise<Glue> {
  loading ??= within(
    load(source),
    LOAD_TIMEOUT,
    () => new WasmLoadError('the WebAssembly module could not be loaded in time'),
  ).catch((reason: unknown) => {
    loading = undefined
    throw reason instanceof WasmLoadError ? reason : refusal(reason)
  })
  return loading
}

// Both are imported here and nowhere at the top: the glue makes a TextDecoder when it is evaluated, and importing the
// package has to be safe where there is none.
async function load(source: SessionOptions['wasm']): Promise<Glue> {
  const [glue, module] = await Promise.all([import('./glue.js'), compile(source)])
  await glue.start(module)
  return glue
}

async function compile(source: SessionOptions['wasm']): Promise<WebAssembly.Module> {
  if (source === undefined) return WebAssembly.compile((await import('./wasm-inline.js')).wasmBytes())
  const given = source instanceof URL ? await fetch(source) : source
  if (!('arrayBuffer' in given)) return WebAssembly.compile(given)
  if (!given.ok) throw new Error(`${given.url} was answered with the status ${given.status}`)
  // Not `compileStreaming`: that needs a server that knows the type of wasm files, and gains nothing at this size.
  return WebAssembly.compile(await given.arrayBuffer())
}

function refusal(reason: unknown): WasmLoadError {
  // Chromium, Firefox and WebKit word it differently, but all of them name the policy or the missing source.
  const words = String(reason)
  const message = /content security policy|\bcsp\b|unsafe-eval/i.test(words)
    ? "the page's Content-Security-Policy forbids WebAssembly: add 'wasm-unsafe-eval' to script-src"
    : `the WebAssembly module could not be loaded: ${words}`
  return new WasmLoadError(message, { cause: reason })
}
