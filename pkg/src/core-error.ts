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
import type { CoreError, CoreErrorCode } from './glue.js'

/** The typed error for whatever the core threw or rejected with. */
export function errorFromCore(reason: unknown): SessionError {
  if (isSessionError(reason)) return reason
  const core = reason as CoreError | undefined
  const make = ERRORS[core?.code as CoreErrorCode]
  return (
    make?.(core as CoreError) ?? new SessionError('internal', 'the session core failed', { cause: reason })
  )
}

/**
 * The same, for who asked for a token: what keeps the auth server out of reach matters less than that it is, and that
 * the session goes on.
 */
export function tokenErrorFromCore(reason: unknown): SessionError {
  const error = errorFromCore(reason)
  if (!OUT_OF_REACH.includes(error.code)) return error
  const { retryAt = null } = reason as CoreError
  return new RefreshUnavailableError(`no new token for now: ${error.message}`, retryAt, { cause: error })
}

const OUT_OF_REACH: readonly SessionErrorCode[] = ['network', 'timeout', 'http', 'not-the-server', 'storage']

// A refused login and a server in trouble: the class tells what was answered, the caller knows what was asked.
const answered = ({ status = 0, serverCode, message }: CoreError) =>
  new HttpError(message ?? `the auth server answered ${status}`, status, serverCode)

const ERRORS: Record<CoreErrorCode, (core: CoreError) => SessionError> = {
  'bad-answer': ({ field = 'body' }) => new BadAnswerError(`"${field}" is missing or makes no sense`, field),
  disposed: () => new DisposedError(),
  http: answered,
  network: () => new NetworkError('the auth server is out of reach'),
  'not-prolonged': () => new NotRenewableError('for now the auth server prolongs the token no further'),
  'not-renewable': () => new NotRenewableError('there is no refresh token'),
  'not-the-server': ({ status }) =>
    new NotTheServerError('something else answered in place of the auth server', status),
  'refresh-rejected': ({ status }) => new RefreshRejectedError('the auth server refused the refresh', status),
  server: answered,
  'signed-out': () => new SignedOutError('nobody is signed in'),
  'still-unauthorized': () => new StillUnauthorizedError('a new token was refused as well'),
  storage: () => new StorageError("the browser's storage did not answer"),
  superseded: () => new SupersededError('a newer login or logout stands'),
  timeout: () => new RequestTimeoutError('no answer came in time'),
  'user-changed': () => new UserChangedError('somebody else has signed in since'),
}
