/**
 * What a browser offers and a test environment may withhold: Jest's for jsdom does, though Node.js has all of it. The
 * build puts these in the place of the globals of the same names in all of `testing.js`.
 */

interface NodeProcess {
  getBuiltinModule?(name: string): { runInThisContext(code: string): typeof globalThis } | undefined
}

/** Node's own globals, seen from inside an environment that has others. */
function outside(): typeof globalThis {
  const { process } = globalThis as { process?: NodeProcess }
  return process?.getBuiltinModule?.('node:vm')?.runInThisContext('globalThis') ?? globalThis
}

type Native = keyof typeof globalThis

let node: typeof globalThis | undefined

function native<K extends Native>(name: K): (typeof globalThis)[K] {
  if (globalThis[name] !== undefined) return globalThis[name]
  node ??= outside()
  return node[name]
}

export const AbortController = native('AbortController')
export const AbortSignal = native('AbortSignal')
export const Headers = native('Headers')
export const MessageChannel = native('MessageChannel')
export const ReadableStream = native('ReadableStream')
export const Request = native('Request')
export const Response = native('Response')
export const structuredClone = native('structuredClone')
export const TextDecoder = native('TextDecoder')
export const TextEncoder = native('TextEncoder')

/** With `subtle`, which jsdom's has not. */
export const crypto: Crypto = globalThis.crypto?.subtle === undefined ? outside().crypto : globalThis.crypto
