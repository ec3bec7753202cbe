import { within } from './deadline.js'
import { WasmLoadError } from './errors.js'
import type { Core } from './glue.js'
import type { SessionOptions } from './options.js'

/** Whatever is late by this many milliseconds is taken for lost. */
const LOAD_TIMEOUT = 30_000

let loading: Promise<typeof Core> | undefined

/**
 * The core's class, once the WebAssembly module runs. Loaded once a page; a failure is forgotten, so that the next
 * session tries again. Rejects with {@link WasmLoadError}.
 */
export function loadCore(source: SessionOptions['wasm']): Promise<typeof Core> {
  loading ??= within(
    load(source),
    LOAD_TIMEOUT,
    () => new WasmLoadError('the WebAssembly module did not load in time'),
  ).catch((reason: unknown) => {
    loading = undefined
    throw reason instanceof WasmLoadError ? reason : refusal(reason)
  })
  return loading
}

// Both are imported here and nowhere at the top: the glue makes a TextDecoder when it is evaluated, and importing the
// package has to be safe where there is none.
async function load(source: SessionOptions['wasm']): Promise<typeof Core> {
  const [glue, input] = await Promise.all([
    import('./glue.js'),
    source ?? import('./wasm-inline.js').then(({ wasmBytes }) => wasmBytes()),
  ])
  await glue.default({ module_or_path: input })
  return glue.Core
}

function refusal(reason: unknown): WasmLoadError {
  // Chromium, Firefox and WebKit word it differently, but all of them name the policy or the missing source.
  const byPolicy = /content security policy|\bcsp\b|unsafe-eval/i.test(
    reason instanceof Error ? reason.message : '',
  )
  const message = byPolicy
    ? "the page's Content-Security-Policy forbids WebAssembly: add 'wasm-unsafe-eval' to script-src"
    : 'the WebAssembly module could not be loaded'
  return new WasmLoadError(message, { cause: reason })
}
