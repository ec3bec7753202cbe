import {
  BadAnswerError,
  ConfigError,
  DisposedError,
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
  SignedOutError,
  StillUnauthorizedError,
  StorageError,
  SupersededError,
  UserChangedError,
} from './errors.js'
import type { CoreError } from './glue.js'

/** The typed error for whatever the core threw or rejected with. */
export function errorFromCore(reason: unknown): SessionError {
  if (isSessionError(reason)) return reason
  if (!isCoreError(reason)) return new SessionError('internal', 'the session core failed', { cause: reason })
  const { message, status = null, serverCode = null } = reason
  switch (reason.code) {
    case 'config':
      return new ConfigError(reason.key ?? '', message)
    case 'disposed':
      return new DisposedError(message)
    case 'signed-out':
      return new SignedOutError(message)
    case 'user-changed':
      return new UserChangedError(message)
    case 'superseded':
      return new SupersededError(message)
    case 'refresh-unavailable':
      return new RefreshUnavailableError(message, reason.retryAt ?? null)
    case 'refresh-rejected':
      return new RefreshRejectedError(message, status, serverCode)
    case 'not-renewable':
      return new NotRenewableError(message)
    case 'still-unauthorized':
      return new StillUnauthorizedError(message)
    // A refused login and a server in trouble: the class tells what was answered, the caller knows what was asked.
    case 'http':
    case 'server':
      return new HttpError(message, status ?? 0, serverCode)
    case 'network':
      return new NetworkError(message)
    case 'timeout':
      return new RequestTimeoutError(message)
    case 'not-the-server':
      return new NotTheServerError(message, status)
    case 'storage':
      return new StorageError(message)
    case 'bad-answer':
      return new BadAnswerError(message, reason.field ?? null)
    default:
      return new SessionError('internal', message)
  }
}

/**
 * The same, for who asked for a token: what keeps the auth server out of reach matters less than that it is, and that
 * the session goes on.
 */
export function tokenErrorFromCore(reason: unknown): SessionError {
  const error = errorFromCore(reason)
  if (!OUT_OF_REACH.has(error.code)) return error
  const retryAt = isCoreError(reason) ? (reason.retryAt ?? null) : null
  return new RefreshUnavailableError(`no new token for now: ${error.message}`, retryAt, { cause: error })
}

const OUT_OF_REACH: ReadonlySet<SessionErrorCode> = new Set([
  'network',
  'timeout',
  'http',
  'not-the-server',
  'storage',
] as const)

function isCoreError(reason: unknown): reason is CoreError {
  return (
    typeof reason === 'object' &&
    reason !== null &&
    typeof (reason as Partial<CoreError>).code === 'string' &&
    typeof (reason as Partial<CoreError>).message === 'string'
  )
}
