/// <reference lib="esnext.disposable" preserve="true" />
import type { Claims, User } from './claims.js'
import type { SessionEvents } from './events.js'
import { createInertSession } from './inert-session.js'
import { createLiveSession } from './live-session.js'
import type { SessionOptions } from './options.js'
import { parseOptions } from './parse-options.js'
import type { SessionSnapshot } from './snapshot.js'

/** Tokens that the application got by itself. */
export interface TokenSet {
  /** The access token. */
  accessToken: string
  /** The refresh token. Without one, an earlier one is kept. */
  refreshToken?: string
  /** The access token's lifetime from now, in seconds, as auth servers say it. */
  expiresIn?: number
  /** The access token's expiry: seconds since the epoch, or milliseconds (taken for such beyond 1e11). */
  expiresAt?: number
}

/** How long a new session is to last. */
export interface LoginOptions {
  /**
   * Whether the session outlives the browser: "remember me". Without, it ends when the browser is closed, which is
   * found out at the next start (`browser-closed`). The storage kinds `session` and `memory` last no longer than
   * their tabs in any case. Default: true.
   */
  remember?: boolean
}

/** Where to sign out. */
export interface LogoutOptions {
  /** Whether to end the user's sessions on all devices, and not only this one. Default: false. */
  everywhere?: boolean
}

/** What the auth server said about the access token. */
export interface Verification<C = Claims> {
  /** Whether it is valid; null when the server could not be asked. */
  valid: boolean | null
  /** Why it could not be asked: `environment` where there is no page. Absent otherwise. */
  reason?: string
  /** The token's claims, when it is valid and can be read. */
  claims?: C
}

/**
 * A session. Every method is bound, so that it can be passed on by itself. After `dispose`, what returns a promise
 * rejects with `DisposedError` and the rest does nothing.
 */
export interface Session<U = User, C = Claims> {
  /**
   * The stored session is read and the other tabs are heard. Settles within 5 s and never rejects: look at the
   * snapshot's `status`. Its value is how things stood by then; who waits for it later, such as a router's guard, asks
   * `getSnapshot` afterwards. `fetch` and `getAccessToken` wait for it by themselves.
   */
  readonly ready: Promise<SessionSnapshot<U, C>>

  /** How things stand; the same object until something changed. */
  getSnapshot(): SessionSnapshot<U, C>

  /** Calls `listener` after each change of the snapshot. Returns what ends that. */
  subscribe(listener: () => void): () => void

  /** Calls `listener` at each `event`. Returns what ends that. Throws `ConfigError` for an unknown event. */
  on<E extends keyof SessionEvents>(event: E, listener: (payload: SessionEvents<U, C>[E]) => void): () => void

  /**
   * Sends `credentials` as JSON to the `login` endpoint and takes up the tokens of the answer, in every tab. Rejects
   * with `HttpError` (such as 401), `NetworkError`, `RequestTimeoutError`, `BadAnswerError`, `SupersededError`.
   */
  login(credentials: unknown, options?: LoginOptions): Promise<SessionSnapshot<U, C>>

  /** Sends `details` to the `register` endpoint; otherwise as `login`. */
  register(details: unknown, options?: LoginOptions): Promise<SessionSnapshot<U, C>>

  /** Sends `details` to the `changePassword` endpoint, then takes up the tokens of the answer or refreshes. */
  changePassword(details: unknown): Promise<SessionSnapshot<U, C>>

  /**
   * Takes up tokens that the application got by itself: as the next of the living session when the subject is the
   * same, else as a new session. `as` says which where the tokens do not. Rejects with `BadAnswerError`.
   */
  setTokens(
    tokens: TokenSet,
    options?: LoginOptions & { as?: 'login' | 'refresh'; user?: U },
  ): Promise<SessionSnapshot<U, C>>

  /**
   * A token that is good now, refreshed first where it has to be. Null only when signed out. Rejects with
   * `RefreshUnavailableError` when it has expired and the auth server is out of reach, with `WasmLoadError` when the
   * session could not start, and with the signal's reason when that aborts.
   */
  getAccessToken(options?: { signal?: AbortSignal }): Promise<string | null>

  /** The token at hand, as it is, expired or not; null when signed out and while loading. */
  peekAccessToken(): string | null

  /**
   * Fetches new tokens, or joins the refresh under way. Rejects with `RefreshUnavailableError`,
   * `RefreshRejectedError`, `NotRenewableError`, `SignedOutError`.
   */
  refresh(): Promise<SessionSnapshot<U, C>>

  /**
   * Asks the auth server whether the token is valid; its authoritative no ends the session with `token-invalid`.
   * Rejects as `getAccessToken` does, and with `SignedOutError`.
   */
  verify(): Promise<Verification<C>>

  /** Signs out, here first and in every tab; then tells the server, as well as may be. */
  logout(options?: LogoutOptions): Promise<void>

  /** Counts as activity: for what the page knows of and DOM events do not tell, such as a video or a frame. */
  touch(): void

  /** The user's answer to the idle prompt: the session goes on. */
  stay(): void

  /** Whether the signed-in user has `role`, for what a page shows; the server decides what is allowed. */
  hasRole(role: string): boolean

  /**
   * A drop-in `fetch` that sends the access token along, to the allowed `origins` only, and answers a 401 with one
   * refresh and one retry; a second 401 is returned. A request with its own `Authorization` header is left alone;
   * while nobody is signed in, requests go without. Redirects are the browser's: it drops the header where one leads
   * to another origin. Rejects as `fetch` and `getAccessToken` do.
   */
  fetch: typeof fetch

  /** Ends this object's part in the session, which itself goes on. Can be called again. */
  dispose(): void

  /** The same, for `using`. Absent where the browser has no `Symbol.dispose`. */
  [Symbol.dispose](): void
}

/**
 * The session of this page. Returns at once, with the status `loading`, and can be called at module scope. Outside a
 * page (on a server, in a worker) the session is inert: signed out, for good.
 *
 * Throws `ConfigError` for an unknown option, a wrong type or a negative duration.
 */
export function createSession<U = User, C = Claims>(options: SessionOptions<U, C> = {}): Session<U, C> {
  const parsed = parseOptions(options)
  const session = typeof document === 'undefined' ? createInertSession<U, C>() : createLiveSession(parsed)
  const { dispose } = Symbol as { dispose?: symbol }
  if (dispose !== undefined) Object.defineProperty(session, dispose, { value: session.dispose })
  return session as Session<U, C>
}
