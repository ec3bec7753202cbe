export type { Claims, User } from './claims.js'
export {
  BadAnswerError,
  ConfigError,
  CookieTransportError,
  DisposedError,
  EnvironmentError,
  HttpError,
  isSessionError,
  NetworkError,
  NotRenewableError,
  NotReplayableError,
  NotTheServerError,
  RefreshRejectedError,
  RefreshUnavailableError,
  RequestTimeoutError,
  SessionError,
  type SessionErrorCode,
  type SessionErrors,
  SignedOutError,
  StillUnauthorizedError,
  StorageError,
  SupersededError,
  UserChangedError,
  WasmLoadError,
} from './errors.js'
export type { SessionEvents } from './events.js'
export type {
  Exchange,
  ExchangeAnswer,
  ExchangePurpose,
  ExchangeRequest,
  ExchangeStyle,
  ExchangeTokens,
} from './exchange.js'
export type { Logger, LogLevel } from './logger.js'
export type {
  AnswerFields,
  CsrfCookie,
  CsrfPurpose,
  Endpoint,
  Endpoints,
  SessionOptions,
  StorageAdapter,
  TokenHeaders,
} from './options.js'
export {
  createSession,
  type LoginOptions,
  type LogoutOptions,
  type Session,
  type TokenSet,
  type Verification,
} from './session.js'
export type {
  Degradation,
  EndReason,
  SessionSnapshot,
  SessionStatus,
  StorageKind,
  Where,
} from './snapshot.js'
