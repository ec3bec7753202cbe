import {
  BadAnswerError,
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
  if (!isOfCore(reason)) return new SessionError('internal', 'the session core failed', { cause: reason })
  const [kind, status, , text, serverCode] = reason
  return (ERRORS[kind] as Make)(status || undefined, text, serverCode)
}

/**
 * The same, for who asked for a token: what keeps the auth server out of reach matters less than that it is, and that
 * the session goes on.
 */
export function tokenErrorFromCore(reason: unknown): SessionError {
  const error = errorFromCore(reason)
  if (!OUT_OF_REACH.includes(error.code)) return error
  const retryAt = isOfCore(reason) ? (reason[2] ?? null) : null
  return new RefreshUnavailableError(`no new token for now: ${error.message}`, retryAt, { cause: error })
}

const isOfCore = (reason: unknown): reason is CoreError => Array.isArray(reason)

const OUT_OF_REACH: readonly SessionErrorCode[] = ['network', 'timeout', 'http', 'not-the-server', 'storage']

type Make = (status: number | undefined, text?: string, serverCode?: string) => SessionError

/** In the order of the core's numbers. */
const ERRORS: readonly Make[] = [
  () => new NetworkError('the auth server is out of reach'),
  () => new RequestTimeoutError('no answer came in time'),
  // A refused login and a server in trouble: the class tells what was answered, the caller knows what was asked.
  (status = 0, text = `the auth server answered ${status}`, serverCode) =>
    new HttpError(text, status, serverCode),
  status => new NotTheServerError('something else answered in place of the auth server', status),
  status => new RefreshRejectedError('the auth server refused the refresh', status),
  () => new StorageError("the browser's storage did not answer"),
  () => new SignedOutError('nobody is signed in'),
  () => new UserChangedError('somebody else has signed in since'),
  () => new SupersededError('a newer login or logout stands'),
  () => new NotRenewableError('there is no refresh token'),
  () => new StillUnauthorizedError('a new token was refused as well'),
  () => new NotRenewableError('for now the auth server prolongs the token no further'),
  (_, field = 'body') => new BadAnswerError(`"${field}" is missing or makes no sense`, field),
  () => new DisposedError(),
]
