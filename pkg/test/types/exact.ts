// The words and the shapes that the package fixes: nothing is missing in them, and nothing is more.
import {
  type Claims,
  createSession,
  type Degradation,
  type EndReason,
  type ExchangePurpose,
  type ExchangeStyle,
  type HttpError,
  isSessionError,
  type Logger,
  type LogLevel,
  type Session,
  type SessionError,
  type SessionErrorCode,
  type SessionErrors,
  type SessionEvents,
  type SessionOptions,
  type SessionSnapshot,
  type SessionStatus,
  type StorageAdapter,
  type StorageKind,
  type TokenSet,
  type User,
  type Verification,
  type Where,
} from 'session-warden'
import type {
  AlgorithmRefusedError,
  ClaimRefusedError,
  CryptoUnavailableError,
  NotVerifiableError,
  TokenNotYetValidError,
} from 'session-warden/verify'

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<A, B>(_: Same<A, B>): void {}

interface Account {
  id: string
}
interface AccountClaims {
  sub: string
  groups: string[]
}

same<SessionStatus, 'loading' | 'authenticated' | 'unauthenticated' | 'failed'>(true)
same<
  EndReason,
  | 'logout'
  | 'idle'
  | 'expired'
  | 'refresh-rejected'
  | 'token-invalid'
  | 'max-age'
  | 'storage-cleared'
  | 'user-changed'
  | 'browser-closed'
>(true)
same<Degradation, 'no-fence' | 'no-storage' | 'not-stored' | 'newer-version' | 'no-encryption'>(true)
same<StorageKind, 'local' | 'session' | 'memory' | 'encrypted' | 'adapter'>(true)
same<Where, 'this-tab' | 'other-tab'>(true)
same<LogLevel, 'silent' | 'error' | 'info' | 'debug'>(true)
same<ExchangeStyle, 'body' | 'oauth2' | 'sliding' | 'cookie'>(true)
same<
  ExchangePurpose,
  'login' | 'register' | 'refresh' | 'logout' | 'logoutAll' | 'verify' | 'changePassword' | 'tokenInfo'
>(true)

// Each event has its payload.
type Events = SessionEvents<Account, AccountClaims>
same<
  keyof Events,
  | 'login'
  | 'refresh'
  | 'refresh-failed'
  | 'refresh-rejected'
  | 'prompt'
  | 'prompt-dismissed'
  | 'end'
  | 'user-changed'
  | 'degraded'
  | 'change'
>(true)
same<Events['login'], { user: Account | null }>(true)
same<Events['refresh'], { generation: number; by: Where }>(true)
same<Events['refresh-failed'], { error: SessionError; retryAt: number }>(true)
same<Events['refresh-rejected'], { error: SessionError; endsAt: number | null }>(true)
same<Events['prompt'], { endsAt: number }>(true)
same<Events['prompt-dismissed'], { by: 'activity' | 'stay' }>(true)
same<Events['end'], { reason: EndReason; endedBy: Where }>(true)
same<Events['user-changed'], { from: string | null; to: string | null }>(true)
same<Events['degraded'], { what: Degradation; error?: SessionError }>(true)
same<Events['change'], SessionSnapshot<Account, AccountClaims>>(true)
same<SessionEvents, SessionEvents<User, Claims>>(true)

// The application's user and claims reach everything that has them.
const session = createSession<Account, AccountClaims>({
  roles: (claims, user) => {
    same<typeof claims, AccountClaims | null>(true)
    same<typeof user, Account | null>(true)
    return claims?.groups ?? []
  },
})
session.on('change', ({ user, claims, status }) => {
  same<typeof user, Account | null>(true)
  same<typeof claims, AccountClaims | null>(true)
  same<typeof status, SessionStatus>(true)
})
same<ReturnType<typeof session.verify>, Promise<Verification<AccountClaims>>>(true)
same<ReturnType<typeof session.login>, Promise<SessionSnapshot<Account, AccountClaims>>>(true)
same<ReturnType<typeof session.register>, ReturnType<typeof session.login>>(true)
same<ReturnType<typeof session.changePassword>, ReturnType<typeof session.login>>(true)
same<ReturnType<typeof session.refresh>, ReturnType<typeof session.login>>(true)
same<ReturnType<typeof session.logout>, Promise<void>>(true)
same<ReturnType<typeof session.peekAccessToken>, string | null>(true)
session.setTokens({ accessToken: 'a', expiresIn: 60 }, { as: 'login', remember: false, user: { id: '7' } })
session.getAccessToken({ signal: AbortSignal.timeout(5_000) })
const anybodys: Session<unknown, unknown> = session
same<ReturnType<typeof anybodys.getSnapshot>, SessionSnapshot<unknown, unknown>>(true)

// Each code has its error, which says more than the base does.
type Codes = { [Code in keyof SessionErrors]: Extract<SessionErrors[Code], SessionError>['code'] }
same<keyof Codes, SessionErrorCode>(true)
same<Codes[Exclude<SessionErrorCode, 'internal'>], Exclude<SessionErrorCode, 'internal'>>(true)
same<NotVerifiableError['reason'], 'opaque' | 'encrypted' | 'malformed' | 'critical'>(true)
same<AlgorithmRefusedError['reason'], 'none' | 'hmac' | 'not-allowed'>(true)
same<TokenNotYetValidError['claim'], 'nbf' | 'iat'>(true)
same<ClaimRefusedError['reason'], 'missing' | 'malformed' | 'mismatch'>(true)
same<CryptoUnavailableError['reason'], 'insecure-context' | 'algorithm'>(true)
export function explain(error: unknown): string | null {
  if (!isSessionError(error, 'http')) return null
  same<typeof error, HttpError>(true)
  same<typeof error.code, 'http'>(true)
  return error.serverCode
}

// What is offered in several forms.
const adapter: StorageAdapter = {
  getItem: async key => localStorage.getItem(key),
  setItem: (key, text) => localStorage.setItem(key, text),
  removeItem: key => localStorage.removeItem(key),
}
const logger: Logger = console
const offers: SessionOptions[] = [
  { storage: adapter },
  { storage: 'encrypted' },
  { wasm: new URL('https://example.com/session.wasm') },
  { csrf: purpose => (purpose === 'request' ? { 'x-csrf': '1' } : {}) },
  { logger, logLevel: 'debug' },
  { fetch },
  { activityEvents: ['keydown'] },
]
createSession(offers[0])

// @ts-expect-error an adapter is given as one
createSession({ storage: 'adapter' })
// @ts-expect-error without `removeItem` nothing could be taken out
createSession({ storage: { getItem: () => null, setItem: () => {} } })
// @ts-expect-error no such level
createSession({ logLevel: 'warn' })
// @ts-expect-error not an origin
createSession({ origins: 'https://api.example.com' })
// @ts-expect-error roles are a list
createSession({ roles: () => 'admin' })
// @ts-expect-error nothing else dismisses a prompt
createSession({ promptEndsOn: 'click' })
// @ts-expect-error not a way to exchange
createSession({ exchange: { style: 'saml' } })
// @ts-expect-error tokens are text
createSession({ exchange: { answer: () => ({ accessToken: 5 }) } })
// @ts-expect-error a session is remembered or not
session.login({}, { remember: 'yes' })
// @ts-expect-error not what tokens can be taken for
session.setTokens({ accessToken: 'a' }, { as: 'logout' })
// @ts-expect-error there is no such member
session.setTokens({ accessToken: 'a', expires_in: 60 })
// @ts-expect-error a role is text
session.hasRole(['admin'])
// @ts-expect-error it may be null
session.getAccessToken().then(token => token.length)
// @ts-expect-error it may be unknown
session.verify().then(({ valid }) => valid satisfies boolean)
// @ts-expect-error a degradation is no free text
session.on('degraded', ({ what }) => what === 'no-fences')
// @ts-expect-error nor is a reason
session.on('end', ({ reason }) => reason === 'timeout')
// @ts-expect-error nor a status
if (session.getSnapshot().status === 'signed-out') session.dispose()
// @ts-expect-error the session is not replaced
session.ready = Promise.reject()
// @ts-expect-error nobody is told the refresh token
session.getSnapshot().refreshToken
// @ts-expect-error an expiry is a number or absent
export const tokens: TokenSet = { accessToken: 'a', expiresIn: undefined }
