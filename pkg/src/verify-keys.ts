import { createLocalJWKSet, createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from 'jose'
import { unlessAborted } from './abort.js'
import {
  BadAnswerError,
  EnvironmentError,
  HttpError,
  NetworkError,
  RequestTimeoutError,
  type SessionError,
} from './index.js'
import type { ParsedVerifierOptions } from './parse-verify-options.js'
import { KeysUnavailableError } from './verify-errors.js'

/** Finds the public key for a token. The keys are fetched when the first one is asked for. */
export function publicKeys(options: ParsedVerifierOptions): JWTVerifyGetKey {
  if (options.jwks !== undefined) return createLocalJWKSet(options.jwks)
  let remote: JWTVerifyGetKey | undefined
  return (header, token) => {
    remote ??= remoteKeys(whole(options.jwksUrl as string | URL), options)
    return remote(header, token)
  }
}

function remoteKeys(
  url: URL,
  { fetch, jwksPause, jwksMaxAge, jwksTimeout }: ParsedVerifierOptions,
): JWTVerifyGetKey {
  let failure: { at: number; error: KeysUnavailableError } | undefined

  // jose pauses after a key set that lacks a key; after a failure it would ask again for every token.
  async function fetchOrWait(address: string, init: RequestInit): Promise<Response> {
    const now = Date.now()
    // A clock that was set back must not make the pause longer.
    if (failure !== undefined && now >= failure.at && now < failure.at + jwksPause) throw failure.error
    try {
      return new Response(await fetchKeySet(fetch ?? globalThis.fetch, address, init))
    } catch (cause) {
      const at = Date.now()
      failure = { at, error: new KeysUnavailableError(at + jwksPause, cause as SessionError) }
      throw failure.error
    }
  }

  return createRemoteJWKSet(url, {
    [customFetch]: fetchOrWait,
    cooldownDuration: jwksPause,
    cacheMaxAge: Math.max(jwksPause, jwksMaxAge),
    timeoutDuration: Math.ceil(jwksTimeout),
  })
}

/** The key set at `url`, as text. */
async function fetchKeySet(fetch: typeof globalThis.fetch, url: string, init: RequestInit): Promise<string> {
  let response: Response
  let text: string
  try {
    // A copy that the browser has kept would lack the key for which the set is fetched again.
    const answer = fetch(url, { ...init, cache: 'no-cache', redirect: 'error' })
    response = await unlessAborted(answer, init.signal)
    text = await unlessAborted(response.text(), init.signal)
  } catch {
    throw init.signal?.aborted
      ? new RequestTimeoutError('the key set did not come in time')
      : new NetworkError('no answer to the request for the key set')
  }
  if (!response.ok)
    throw new HttpError(`the request for the key set was answered with ${response.status}`, response.status)
  try {
    createLocalJWKSet(JSON.parse(text))
  } catch {
    throw new BadAnswerError('the answer is no key set')
  }
  return text
}

/** A request knows the page's address, and a worker's. */
function whole(url: string | URL): URL {
  try {
    return new URL(new Request(url).url)
  } catch {
    throw new EnvironmentError('a path as "jwksUrl" needs a page whose server it is on')
  }
}
