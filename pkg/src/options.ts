import type { Claims, User } from './claims.js'
import type { Exchange, ExchangeStyle } from './exchange.js'
import type { Logger, LogLevel } from './logger.js'
import type { EndReason, StorageKind } from './snapshot.js'

/** Where to send a request: a path or URL (sent as POST), or the same with its method. */
export type Endpoint =
  | string
  | {
      /** A path below `baseUrl`, or a URL. */
      url: string
      /** The HTTP method. */
      method?: string
    }

/** Where the auth server listens. */
export interface Endpoints {
  /** Takes what `login` is given. Default: `/login`. */
  login?: Endpoint
  /** Takes what `register` is given. Default: `/register`. */
  register?: Endpoint
  /** Takes the refresh token and answers with new tokens. Default: `/refresh`. */
  refresh?: Endpoint
  /** Ends this session. Default: `/logout`. */
  logout?: Endpoint
  /** Ends all of the user's sessions. Default: none; `logout` is then sent `everywhere: true`. */
  logoutAll?: Endpoint
  /** Says whether the access token is valid. Default: `/verify`. */
  verify?: Endpoint
  /** Takes what `changePassword` is given. Default: `/change-password`. */
  changePassword?: Endpoint
  /**
   * For the exchange `cookie`: says who is signed in and until when, sent as GET. Asked where an answer does not tell
   * the expiry, and at a start that finds no session stored, nor one that has ended here. Default: none.
   */
  tokenInfo?: Endpoint
}

/** What the members of the auth server's answers are called. The usual snake and camel case names are known. */
export interface AnswerFields {
  /** The access token. */
  accessToken?: string
  /** The refresh token; in what is sent to the auth server as well. */
  refreshToken?: string
  /** The access token's lifetime in seconds. */
  expiresIn?: string
  /** The access token's expiry. */
  expiresAt?: string
  /** The user. */
  user?: string
}

/** The headers in which tokens go along beside bodies. */
export interface TokenHeaders {
  /**
   * A new access token, in the response to any request. With it go `newRefreshToken` and the rest. Default:
   * `x-new-access-token`.
   */
  newAccessToken?: string
  /** A new refresh token, in the same response. Default: `x-new-refresh-token`. */
  newRefreshToken?: string
  /** When the access token expires: seconds or milliseconds since the epoch, or a date. Default: `x-token-expiry`. */
  tokenExpiry?: string
  /** Whom the tokens are for. Default: `x-user-id`. */
  userId?: string
  /**
   * The header that brings the refresh token along with the refresh request, in place of its body, and beside the
   * access token. No other request carries it. Default: none.
   */
  sendRefreshToken?: string
}

/** Double submit: the server puts a token into a cookie that the page can read, and wants it back in a header. */
export interface CsrfCookie {
  /** The cookie's name. */
  cookie: string
  /** The header's name. */
  header: string
}

/** What a CSRF header is for. */
export type CsrfPurpose = 'request' | 'refresh' | 'logout'

/**
 * A store of the application's own for the tokens, such as a native shell's secure storage; every tab has to find in it
 * what another one put there. Each function may return its result or a promise of it; what throws, rejects or takes
 * longer than a second has failed. Tokens that could not be put are this tab's alone until they can (`not-stored`);
 * those that could not be got are asked for at the next look.
 */
export interface StorageAdapter {
  /** The text under `key`; null or undefined where there is none. */
  getItem(key: string): string | null | undefined | Promise<string | null | undefined>
  /** Puts `text` under `key`. */
  setItem(key: string, text: string): unknown
  /** Removes what is under `key`, if anything is. */
  removeItem(key: string): unknown
}

/** What a session can be told. All of it is optional. Durations are milliseconds. */
export interface SessionOptions<U = User, C = Claims> {
  /**
   * The namespace of everything that is shared between tabs. Sessions of one name are one session, in one page as
   * in many. Default: `session`.
   */
  name?: string
  /** What the endpoints are relative to. Default: the page's own origin. */
  baseUrl?: string
  /** Whether requests to the auth server carry cookies. Default: `same-origin`. */
  credentials?: RequestCredentials
  /** Where the auth server listens. */
  endpoints?: Endpoints
  /**
   * How a refresh is asked and answered. `body`: the refresh token as JSON. `oauth2`: as a form, as RFC 6749 has it.
   * `sliding`: the access token itself is presented, for servers that have no other. `cookie`: the tokens are in
   * cookies, and the page never sees them. For anything else, functions. Default: `body`.
   */
  exchange?: ExchangeStyle | Exchange
  /** What the authorization server calls this application, for `oauth2`. Default: none. */
  clientId?: string
  /** The headers in which the server sends tokens beside its answers. The default names are always listened for. */
  headers?: TokenHeaders
  /**
   * What keeps other sites from sending requests in the user's name (CSRF), where cookies carry the tokens: put on
   * each request by `session.fetch` and to the auth server that is neither GET, HEAD, OPTIONS nor TRACE. A function
   * gives the headers. Default: none.
   */
  csrf?: CsrfCookie | ((purpose: CsrfPurpose) => Record<string, string>)
  /** What the members of the auth server's answers are called. */
  fields?: AnswerFields
  /** Where the tokens are kept. Default: `local`. */
  storage?: Exclude<StorageKind, 'adapter'> | StorageAdapter
  /** Refresh this long before expiry, but never before half of the token's lifetime. Default: 300,000 (5 min). */
  refreshEarly?: number
  /** Refresh at least this often. Default: 0, off. */
  refreshEvery?: number
  /** The longest time between two looks at the clock while the page is visible. Default: 30,000. */
  checkEvery?: number
  /** How long a refresh request may take. Default: 10,000. */
  refreshTimeout?: number
  /** How long to wait for another tab's refresh before looking for oneself. Default: 5,000. */
  lockTimeout?: number
  /** Sign out after this long without activity in any tab. Default: 1,800,000 (30 min); 0 turns it off. */
  idleTimeout?: number
  /** Prompt this long before that. Default: 60,000; 0 turns it off. */
  idlePrompt?: number
  /** What dismisses the prompt: any activity, or nothing but `stay()`. Default: `activity`. */
  promptEndsOn?: 'activity' | 'stay'
  /** Sign out this long after the login, active or not. Default: 0, off. */
  maxAge?: number
  /**
   * When the session ends after the auth server refused a refresh for good while the access token still lives.
   * Default: `at-expiry`.
   */
  whenRejected?: 'at-expiry' | 'at-once'
  /**
   * The DOM events that count as activity. Default: `pointerdown`, `pointermove`, `keydown`, `wheel`, `scroll`,
   * `touchstart`, `touchmove`. Browsers do not say who scrolled: on a page that scrolls by itself leave `scroll` out.
   */
  activityEvents?: string[]
  /** Whether activity in frames of the page's own origin counts. Default: false. */
  frames?: boolean
  /** Whether events that a script made count as activity, as a test may need it. Default: false. */
  syntheticActivity?: boolean
  /**
   * Whether tabs tell each other of the session's comings and goings at once. Default: true. Without, each finds out at
   * its next look (`checkEvery`, or when it comes into view), and no tab hands tokens to another: with
   * `storage: 'memory'` a tab has only the session that was begun in it, and a login in another tab ends that; with
   * `'session'` a duplicated tab whose tokens were renewed elsewhere is signed out once the server refuses its own.
   */
  crossTab?: boolean

  /**
   * The WebAssembly module, for pages that would rather fetch it than import it. The first session on a page
   * decides. Default: the copy inside the package.
   */
  wasm?: URL | Response | BufferSource
  /**
   * The origins that `session.fetch` may send the token to, such as `https://api.example.com`: these and no others, so
   * name the page's own as well where it is meant. Default: the page's own, and that of `baseUrl`.
   */
  origins?: string[]
  /**
   * What a second 401 does, to the retry with a new token: `return` hands it to the caller and no more; `end` also ends
   * the session, with `token-invalid`. Default: `return`.
   */
  onSecond401?: 'return' | 'end'
  /** Where to go when the session has ended, after `onEnd`. Default: nowhere. */
  loginUrl?: string
  /** Called when the session has ended, in every tab. */
  onEnd?: (reason: EndReason) => void
  /** The user's roles, for `hasRole`. Default: the claim `roles` or `role`, else the user's own member of that name. */
  roles?: (claims: C | null, user: U | null) => string[]
  /** Used for every request in place of the global `fetch`. */
  fetch?: typeof fetch
  /** How much is logged. Default: `error`. */
  logLevel?: LogLevel
  /** Where it is logged. Default: the console. */
  logger?: Logger
}
