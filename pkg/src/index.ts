export type { Claims, User } from './claims.js'
export {
  BadAnswerError,
  ConfigError,
  DisposedError,
  EnvironmentError,
  HttpError,
  isSessionError,
  NetworkError,
  NotRenewableError,
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
export type { Logger, LogLevel } from './logger.js'
export type { AnswerFields, Endpoint, Endpoints, SessionOptions, StorageAdapter } from './options.js'
export {
  createSession,
  type LoginOptions,
  type Session,
  type TokenSet,
  type Verification,
} from './session.js'
export type { EndReason, SessionSnapshot, StorageKind, Where } from './snapshot.js'
