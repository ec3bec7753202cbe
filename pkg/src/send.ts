import { unlessAborted } from './abort.js'
import { isSessionError, NotReplayableError } from './errors.js'
import type { CoreToken } from './glue.js'
import { isWeb } from './web-url.js'

/**
 * Sends a request with what the session adds to it, and answers one 401 with a refresh and one retry. What `fetch` and
 * the interceptors of other libraries have in common; how they send is theirs.
 */
export type Send = <R>(request: Outgoing<R>) => Promise<R>

/** Where interceptors find it on a session. Shared by all copies of the package on a page. */
export const SEND: unique symbol = Symbol.for('session-warden.send')

/** A session, as interceptors see it. */
export interface Sending {
  [SEND]: Send
}

/** A request as it was when it was asked for. */
export interface Outgoing<R> {
  url: URL
  method: string
  signal: AbortSignal | null | undefined
  /** Whether the caller has put an `Authorization` header on it, and it is to be left alone. */
  isAuthorized: boolean
  /** Whether it can be sent a second time. */
  isReplayable: boolean
  /** Whether a 401 is the caller's at once. */
  isOnce?: boolean
  /** Sends it, with `extra` put on. Asked a second time only where that is possible. */
  send(extra: Extra): Promise<R>
  /** What there is to know of what `send` has brought. */
  look(response: R): Incoming
}

/** What a request brings along besides its own. */
export interface Extra {
  headers: Readonly<Record<string, string>>
  /** Cookies go along, to other origins as well. */
  withCredentials: boolean
}

/** A response, as far as the session looks at it. */
export interface Incoming {
  status: number
  /** Where it is from in the end, where redirects led elsewhere. */
  redirectedTo: string | undefined
  header(name: string): string | null
  headers(): Headers
  /** The body as JSON, without taking it from the caller; undefined where it is none. */
  json(): Promise<unknown>
  /** Nobody will read it. */
  discard(): void
}

/** Where the tokens for requests come from, and where they may go. */
export interface SendDeps {
  /** A token that is good now, where that is known at once. */
  freshToken(): CoreToken | null
  /** A token that is good now. Rejects, with `signed-out` where nobody is signed in. */
  token(): Promise<CoreToken>
  /** The token for the one retry after a 401. */
  retryToken(refused: CoreToken): Promise<CoreToken>
  /** The new token was refused as well. */
  refusedAgain(token: CoreToken): void
  /** The origins that may see a token. */
  origins: ReadonlySet<string>
  /** Whether a request is a login: it needs no token, and a 401 to it is the answer. */
  isSignIn(url: URL, method: string): boolean
  /** What takes up the tokens in the answer to a login. */
  signIn(): Promise<(body: unknown, headers: Headers) => Promise<void>>
  /** Looks for new tokens that the server has put beside its answer to a request with `token`. */
  seen(header: Incoming['header'], token: CoreToken): Promise<void> | undefined
  /** What goes along besides the token, or in its place. */
  extra(method: string, token: CoreToken | null): Extra | Promise<Extra>
}

export function createSend(deps: SendDeps): Send {
  return async request => {
    const { url, method, signal } = request
    const isOwn = signal != null && ownSignals.has(signal)
    if (isOwn || !mayCarryToken(url, deps.origins) || request.isAuthorized) return request.send(NOTHING)
    if (deps.isSignIn(url, method)) return signIn(request, deps)

    signal?.throwIfAborted()
    // What can be sent only once had better not meet a token that dies on the way.
    const atHand = request.isReplayable ? deps.freshToken() : null
    const token = atHand ?? (await unlessAborted(deps.token().catch(nullIfSignedOut), signal))
    const response = await request.send(await deps.extra(method, token))
    if (token === null) return response
    const incoming = request.look(response)
    if (leftForElsewhere(incoming, deps.origins)) return response
    await deps.seen(incoming.header, token)
    if (incoming.status !== 401 || request.isOnce) return response

    let next: CoreToken
    try {
      next = await unlessAborted(deps.retryToken(token), signal)
    } catch {
      signal?.throwIfAborted()
      return response
    }
    incoming.discard()
    if (!request.isReplayable) throw new NotReplayableError()
    const second = await request.send(await deps.extra(method, next))
    const answer = request.look(second)
    if (leftForElsewhere(answer, deps.origins)) return second
    await deps.seen(answer.header, next)
    if (answer.status === 401) deps.refusedAgain(next)
    return second
  }
}

async function signIn<R>(request: Outgoing<R>, deps: SendDeps): Promise<R> {
  // Asked before it is sent: a logout that comes in between is final.
  const takeUp = await deps.signIn()
  const response = await request.send(await deps.extra(request.method, null))
  const incoming = request.look(response)
  const { status, json, headers } = incoming
  if (status < 200 || status >= 300 || leftForElsewhere(incoming, deps.origins)) return response
  try {
    await takeUp(await json(), headers())
  } catch {
    // An answer without tokens is the caller's, such as one that asks for a second factor.
  }
  return response
}

/**
 * What a session sends its own requests with. An application may have those go by an interceptor of the same session: a
 * refresh would wait there for a token, and so for itself. They are told by their signals, which go along.
 */
export function asOwn(send: () => typeof fetch): typeof fetch {
  return (input, init) => {
    // Each of them has one, since each has its time.
    ownSignals.add(init?.signal as AbortSignal)
    return send()(input, init)
  }
}

const ownSignals = new WeakSet<AbortSignal>()

/** An opaque origin reads `null` and equals every other, so that the scheme is looked at as well. */
function mayCarryToken(url: URL, origins: ReadonlySet<string>): boolean {
  return isWeb(url) && origins.has(url.origin)
}

/** Redirected to where the token did not go: what that says is not about it. */
function leftForElsewhere({ redirectedTo }: Incoming, origins: ReadonlySet<string>): boolean {
  return redirectedTo !== undefined && !mayCarryToken(new URL(redirectedTo), origins)
}

function nullIfSignedOut(reason: unknown): null {
  if (isSessionError(reason, 'signed-out')) return null
  throw reason
}

const NOTHING: Extra = { headers: {}, withCredentials: false }
