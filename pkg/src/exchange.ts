import type { TokenSet } from './session.js'

/** The exchanges that are known by name. */
export type ExchangeStyle = 'body' | 'oauth2' | 'sliding' | 'cookie'

/** What is asked of the auth server. */
export type ExchangePurpose =
  | 'login'
  | 'register'
  | 'refresh'
  | 'logout'
  | 'logoutAll'
  | 'verify'
  | 'changePassword'
  | 'tokenInfo'

/**
 * An exchange of the application's own: as one of the known ones (`style`), but for what its functions say. They only
 * say what to send and what an answer means: sending, timeouts and retries are the session's. One that throws makes the
 * request fail, and a refresh is tried again later.
 */
export interface Exchange {
  /** What is not said here is as in this one. Default: `body`. */
  style?: ExchangeStyle
  /** Changes the request that asks for `purpose`. Undefined: it is sent as it is. */
  request?(purpose: ExchangePurpose, request: ExchangeRequest): Partial<ExchangeRequest> | undefined
  /** The tokens in a successful answer. Undefined: they are looked for under the usual names. */
  answer?(purpose: ExchangePurpose, answer: ExchangeAnswer): ExchangeTokens | undefined
  /**
   * Whether an answer of 4xx to a refresh is final: true ends the session, false keeps it. Undefined: 401, 403 and, with
   * an error of RFC 6749, 400 are. Not asked about 408, 425 and 429.
   */
  isFinal?(status: number, body: unknown): boolean | undefined
}

/** A request to the auth server. */
export interface ExchangeRequest {
  /** A path below `baseUrl`, or a URL. */
  url: string
  /** The HTTP method. */
  method: string
  /** The headers, by their names in lower case. */
  headers: Record<string, string>
  /** The body: an object is sent as JSON, `URLSearchParams` as a form. Undefined: none. */
  body: object | URLSearchParams | undefined
  /** The access token at hand; null where there is none, or where no script sees it. */
  readonly accessToken: string | null
  /** The refresh token, for `refresh` and `logout`. */
  readonly refreshToken: string | null
}

/** An answer of the auth server. */
export interface ExchangeAnswer {
  /** The HTTP status. */
  status: number
  /** The body, where it is JSON. */
  body: unknown
  /** The headers. */
  headers: Headers
}

/** Tokens, and whom they are for. */
export interface ExchangeTokens extends TokenSet {
  /** The user. */
  user?: unknown
}
