import type {
  AlgorithmRefusedError,
  BadSignatureError,
  ClaimRefusedError,
  CryptoUnavailableError,
  KeysUnavailableError,
  NotVerifiableError,
  TokenExpiredError,
  TokenNotYetValidError,
  UnknownKeyError,
} from './verify-errors.js'

/** What every error of this package has in common, whichever copy or realm it comes from. */
const BRAND: unique symbol = Symbol.for('session-warden.error')

/** The kinds of error, by their stable {@link SessionError.code}. */
export interface SessionErrors {
  /** See {@link ConfigError}. */
  config: ConfigError
  /** See {@link EnvironmentError}. */
  environment: EnvironmentError
  /** See {@link WasmLoadError}. */
  'wasm-load': WasmLoadError
  /** See {@link DisposedError}. */
  disposed: DisposedError
  /** See {@link SignedOutError}. */
  'signed-out': SignedOutError
  /** See {@link UserChangedError}. */
  'user-changed': UserChangedError
  /** See {@link SupersededError}. */
  superseded: SupersededError
  /** See {@link RefreshUnavailableError}. */
  'refresh-unavailable': RefreshUnavailableError
  /** See {@link RefreshRejectedError}. */
  'refresh-rejected': RefreshRejectedError
  /** See {@link NotRenewableError}. */
  'not-renewable': NotRenewableError
  /** See {@link StillUnauthorizedError}. */
  'still-unauthorized': StillUnauthorizedError
  /** See {@link HttpError}. */
  http: HttpError
  /** See {@link NetworkError}. */
  network: NetworkError
  /** See {@link RequestTimeoutError}. */
  timeout: RequestTimeoutError
  /** See {@link NotTheServerError}. */
  'not-the-server': NotTheServerError
  /** See {@link StorageError}. */
  storage: StorageError
  /** See {@link BadAnswerError}. */
  'bad-answer': BadAnswerError
  /** See {@link NotReplayableError}. */
  'not-replayable': NotReplayableError
  /** See {@link CookieTransportError}. */
  'cookie-transport': CookieTransportError
  /** See `NotVerifiableError` of `session-warden/verify`. */
  'not-verifiable': NotVerifiableError
  /** See `AlgorithmRefusedError` of `session-warden/verify`. */
  'algorithm-refused': AlgorithmRefusedError
  /** See `UnknownKeyError` of `session-warden/verify`. */
  'unknown-key': UnknownKeyError
  /** See `BadSignatureError` of `session-warden/verify`. */
  'bad-signature': BadSignatureError
  /** See `TokenExpiredError` of `session-warden/verify`. */
  'token-expired': TokenExpiredError
  /** See `TokenNotYetValidError` of `session-warden/verify`. */
  'token-not-yet-valid': TokenNotYetValidError
  /** See `ClaimRefusedError` of `session-warden/verify`. */
  'claim-refused': ClaimRefusedError
  /** See `KeysUnavailableError` of `session-warden/verify`. */
  'keys-unavailable': KeysUnavailableError
  /** See `CryptoUnavailableError` of `session-warden/verify`. */
  'crypto-unavailable': CryptoUnavailableError
  /** A defect of this package; `cause` has what was thrown. */
  internal: SessionError
}

/** Says which kind of error it is. Stable across versions and copies of the package. */
export type SessionErrorCode = keyof SessionErrors

/** The base of every error that this package throws. No message, field or cause ever holds a token. */
export class SessionError extends Error {
  /** The kind of error. */
  readonly code: SessionErrorCode
  /** @internal */
  readonly [BRAND] = true

  /** An error of the kind `code`. */
  constructor(code: SessionErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = code === 'internal' ? 'SessionError' : `${inPascalCase(code)}Error`
    this.code = code
  }
}

/** `signed-out` as `SignedOut`. A page would else download each class's name beside its code. */
const inPascalCase = (code: string) =>
  code.replace(/(?:^|-)./g, letters => (letters.at(-1) as string).toUpperCase())

/** An option or an argument is not what it has to be. */
export class ConfigError extends SessionError {
  declare readonly code: 'config'
  /** The option at fault, with dots for nesting: `endpoints.login`. */
  readonly key: string

  /** The option `key` is at fault. */
  constructor(key: string, message: string) {
    super('config', message)
    this.key = key
  }
}

/** There is no session outside a page: on a server, in a worker. */
export class EnvironmentError extends SessionError {
  declare readonly code: 'environment'

  /** Something was asked that only a page can do. */
  constructor(message: string) {
    super('environment', message)
  }
}

/** The WebAssembly module could not be fetched, compiled or started. Never a sign of being signed out. */
export class WasmLoadError extends SessionError {
  declare readonly code: 'wasm-load'

  /** Loading failed; `options.cause` is what the browser threw. */
  constructor(message: string, options?: ErrorOptions) {
    super('wasm-load', message, options)
  }
}

/** The session was used after `dispose()`, or disposed of while this was under way. */
export class DisposedError extends SessionError {
  declare readonly code: 'disposed'

  /** The session is gone. */
  constructor(message = 'the session has been disposed of') {
    super('disposed', message)
  }
}

/** Nobody is signed in. */
export class SignedOutError extends SessionError {
  declare readonly code: 'signed-out'

  /** Something needs a signed-in user. */
  constructor(message: string) {
    super('signed-out', message)
  }
}

/** Somebody else has signed in since, so that what was under way for the former user was given up. */
export class UserChangedError extends SessionError {
  declare readonly code: 'user-changed'

  /** Given up for another user. */
  constructor(message: string) {
    super('user-changed', message)
  }
}

/** A logout or another login came in between, and its outcome stands. */
export class SupersededError extends SessionError {
  declare readonly code: 'superseded'

  /** Given up for something newer. */
  constructor(message: string) {
    super('superseded', message)
  }
}

/**
 * The access token is no longer good and a new one cannot be had for now; `cause` says why. The session goes on.
 */
export class RefreshUnavailableError extends SessionError {
  declare readonly code: 'refresh-unavailable'
  /** When the next try is due, in milliseconds since the epoch; null where that is not known. */
  readonly retryAt: number | null

  /** No token for now. */
  constructor(message: string, retryAt: number | null = null, options?: ErrorOptions) {
    super('refresh-unavailable', message, options)
    this.retryAt = retryAt
  }
}

/** The auth server refused the refresh for good. */
export class RefreshRejectedError extends SessionError {
  declare readonly code: 'refresh-rejected'
  /** The HTTP status of the refusal; null where it came from another tab. */
  readonly status: number | null
  /** The server's own error code (the `error` member of its answer); null where it is not known. */
  readonly serverCode: string | null

  /** The refresh token is refused. */
  constructor(message: string, status: number | null = null, serverCode: string | null = null) {
    super('refresh-rejected', message)
    this.status = status
    this.serverCode = serverCode
  }
}

/** There is nothing to renew the session with: the auth server gave no refresh token. */
export class NotRenewableError extends SessionError {
  declare readonly code: 'not-renewable'

  /** The access token is all there is. */
  constructor(message: string) {
    super('not-renewable', message)
  }
}

/** A resource answered 401 to a new token as well: the refusal is not about the token. */
export class StillUnauthorizedError extends SessionError {
  declare readonly code: 'still-unauthorized'

  /** Another refresh would not help. */
  constructor(message: string) {
    super('still-unauthorized', message)
  }
}

/**
 * A request whose body can be sent only once was answered 401. The token has been renewed since: make the body anew and
 * send the request again.
 */
export class NotReplayableError extends SessionError {
  declare readonly code: 'not-replayable'

  /** The body is gone. */
  constructor() {
    super('not-replayable', 'answered 401, and a stream cannot be sent again')
  }
}

/** The tokens are in cookies that no script can read: requests bring them along by themselves. */
export class CookieTransportError extends SessionError {
  declare readonly code: 'cookie-transport'

  /** There is no token to hand out. */
  constructor() {
    super('cookie-transport', 'the tokens are in cookies')
  }
}

/** The auth server answered with an error status. */
export class HttpError extends SessionError {
  declare readonly code: 'http'
  /** The HTTP status. */
  readonly status: number
  /** The server's own error code (the `error` member of its answer); null where it gave none. */
  readonly serverCode: string | null

  /** The server answered `status`. */
  constructor(message: string, status: number, serverCode: string | null = null) {
    super('http', message)
    this.status = status
    this.serverCode = serverCode
  }
}

/** No answer came: the network, DNS, CORS. */
export class NetworkError extends SessionError {
  declare readonly code: 'network'

  /** The request found no server. */
  constructor(message: string) {
    super('network', message)
  }
}

/** No answer came in time. */
export class RequestTimeoutError extends SessionError {
  declare readonly code: 'timeout'

  /** The request took too long. */
  constructor(message: string) {
    super('timeout', message)
    this.name = 'RequestTimeoutError'
  }
}

/** Something answered that is not the auth server, such as the login page of a hotel's network. */
export class NotTheServerError extends SessionError {
  declare readonly code: 'not-the-server'
  /** The HTTP status of what answered; null where it is not known. */
  readonly status: number | null

  /** A stranger answered. */
  constructor(message: string, status: number | null = null) {
    super('not-the-server', message)
    this.status = status
  }
}

/** The browser's storage did not answer. */
export class StorageError extends SessionError {
  declare readonly code: 'storage'

  /** Nothing could be read or written. */
  constructor(message: string) {
    super('storage', message)
  }
}

/** A server's answer, or the tokens given to `setTokens`, cannot be understood. */
export class BadAnswerError extends SessionError {
  declare readonly code: 'bad-answer'
  /** The member that is missing or of the wrong type; null where the whole is unreadable. */
  readonly field: string | null

  /** The answer's `field` is at fault. */
  constructor(message: string, field: string | null = null) {
    super('bad-answer', message)
    this.field = field
  }
}

/**
 * Whether `value` is an error of this package, and of the kind `code` where one is given. Holds across frames and
 * across several copies of the package on one page, where `instanceof` does not.
 */
export function isSessionError(value: unknown): value is SessionError
export function isSessionError<K extends SessionErrorCode>(value: unknown, code: K): value is SessionErrors[K]
export function isSessionError(value: unknown, code?: SessionErrorCode): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    BRAND in value &&
    (code === undefined || (value as SessionError).code === code)
  )
}
