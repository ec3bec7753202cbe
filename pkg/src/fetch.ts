import { unlessAborted } from './abort.js'
import { isSessionError } from './errors.js'
import type { CoreToken } from './glue.js'
import { isWeb } from './web-url.js'

/** Where the tokens for requests come from, and where they may go. */
export interface FetchDeps {
  /** A token that is good now, where that is known at once. */
  freshToken(): CoreToken | null
  /** A token that is good now. Rejects, with `signed-out` where nobody is signed in. */
  token(): Promise<CoreToken>
  /** The token for the one retry after a 401. */
  retryToken(refused: CoreToken): Promise<CoreToken>
  /** The origins that may see a token. */
  origins: ReadonlySet<string>
  /** What sends requests. Looked up at each request, so that a page can replace the global one. */
  send(): typeof fetch
}

/** A request as it was when it was asked for, ready to be sent twice. */
interface Outgoing {
  url: URL
  headers: Headers
  signal: AbortSignal | null | undefined
  send(token: CoreToken | null): Promise<Response>
}

/** A drop-in `fetch` that brings the access token along and answers one 401 with a refresh and one retry. */
export function createFetch(deps: FetchDeps): typeof fetch {
  return async (input, init) => {
    const outgoing = capture(input, init, deps.send())
    if (!mayCarryToken(outgoing.url, deps.origins) || outgoing.headers.has('authorization'))
      return outgoing.send(null)

    const { signal } = outgoing
    signal?.throwIfAborted()
    const token = deps.freshToken() ?? (await unlessAborted(deps.token().catch(nullIfSignedOut), signal))
    const response = await outgoing.send(token)
    if (token === null || response.status !== 401 || leftForElsewhere(response, deps.origins)) return response

    let next: CoreToken
    try {
      next = await unlessAborted(deps.retryToken(token), signal)
    } catch {
      signal?.throwIfAborted()
      return response
    }
    // An unread body keeps its connection; a body that cannot be cancelled does not matter here.
    response.body?.cancel().catch(() => {})
    return outgoing.send(next)
  }
}

/**
 * Takes everything down before the first wait: what the caller does to a body or to headers after the call must show
 * in neither sending, as it does not with the plain `fetch`.
 */
function capture(input: RequestInfo | URL, init: RequestInit | undefined, send: typeof fetch): Outgoing {
  if (typeof input !== 'string' && !(input instanceof URL))
    return captureRequest(new Request(input, init), send)
  // What is looked at and what is sent to must be one URL, even if the page's base changes in between.
  const url = new URL(input, document.baseURI)
  const body = init?.body
  // Most requests have no body or a string, and need no Request and no clone.
  if (body == null || typeof body === 'string') return capturePlain(url, init, send)
  return captureRequest(new Request(url, init), send)
}

function capturePlain(url: URL, init: RequestInit | undefined, send: typeof fetch): Outgoing {
  const headers = new Headers(init?.headers)
  const frozen = { ...init, headers }
  return {
    url,
    headers,
    signal: frozen.signal,
    send(token) {
      if (token !== null) headers.set('authorization', `Bearer ${token.accessToken}`)
      return send(url.href, frozen)
    },
  }
}

function captureRequest(request: Request, send: typeof fetch): Outgoing {
  const { headers, signal } = request
  const spares = [request.clone(), request]
  return {
    url: new URL(request.url),
    headers,
    signal,
    send(token) {
      const next = spares.pop() as Request
      if (token !== null) next.headers.set('authorization', `Bearer ${token.accessToken}`)
      return send(next)
    },
  }
}

/** An opaque origin reads `null` and equals every other, so that the scheme is looked at as well. */
function mayCarryToken(url: URL, origins: ReadonlySet<string>): boolean {
  return isWeb(url) && origins.has(url.origin)
}

/** Redirected to where the token did not go: that 401 says nothing about it. */
function leftForElsewhere(response: Response, origins: ReadonlySet<string>): boolean {
  return response.redirected && !mayCarryToken(new URL(response.url), origins)
}

function nullIfSignedOut(reason: unknown): null {
  if (isSessionError(reason, 'signed-out')) return null
  throw reason
}
