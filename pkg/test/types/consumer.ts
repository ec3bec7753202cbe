// What a user of the package writes. Compiled, never run: the lines below a `@ts-expect-error` have to be refused.
import {
  type Claims,
  ConfigError,
  createSession,
  type EndReason,
  isSessionError,
  type Session,
  type SessionError,
  type SessionEvents,
  type SessionOptions,
  type SessionSnapshot,
  type User,
} from 'session-warden'

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<A, B>(_: Same<A, B>): void {}

interface Account {
  id: string
  plan: 'free' | 'paid'
}
interface AccountClaims {
  sub: string
  groups: string[]
}

const plain = createSession()
same<typeof plain, Session<User, Claims>>(true)
const session = createSession<Account, AccountClaims>({
  idleTimeout: 0,
  endpoints: { login: { url: '/in', method: 'POST' } },
  roles: (claims, user) => [...(claims?.groups ?? []), user?.plan ?? 'free'],
  onEnd: reason => same<typeof reason, EndReason>(true),
})

same<ReturnType<typeof session.getSnapshot>, SessionSnapshot<Account, AccountClaims>>(true)
same<Awaited<typeof session.ready>, SessionSnapshot<Account, AccountClaims>>(true)
same<ReturnType<typeof session.getAccessToken>, Promise<string | null>>(true)
same<typeof session.fetch, typeof fetch>(true)
same<SessionEvents<Account>['login'], { user: Account | null }>(true)

session.on('refresh', ({ generation, by }) => {
  same<typeof generation, number>(true)
  same<typeof by, 'this-tab' | 'other-tab'>(true)
})
session.on('login', ({ user }) => user?.plan)
const leave: () => void = session.subscribe(() => {})
leave()

const options: SessionOptions<Account> = { refreshEarly: 60_000 }
createSession(options).dispose()

function explain(error: unknown): number | string | null {
  if (isSessionError(error, 'http')) return error.status
  if (isSessionError(error, 'refresh-unavailable')) return error.retryAt
  if (isSessionError(error, 'config')) return error.key
  if (error instanceof ConfigError) return error.key
  if (isSessionError(error)) {
    same<typeof error, SessionError>(true)
    return error.code
  }
  return null
}
explain(null)

function scoped(): void {
  using inner = createSession({ name: 'inner' })
  inner.touch()
}
scoped()

createSession({ exchange: 'oauth2', clientId: 'spa' })
createSession({ exchange: 'cookie', csrf: { cookie: 'csrf', header: 'x-csrf-token' } })
createSession({
  exchange: {
    style: 'body',
    request: (purpose, { headers }) =>
      purpose === 'refresh' ? { headers: { ...headers, 'x-device': 'browser' } } : undefined,
    answer: (_, { headers }) => ({ accessToken: headers.get('x-token') ?? '' }),
    isFinal: status => status === 404,
  },
})
// @ts-expect-error no such option
createSession({ idleTimout: 5 })
// @ts-expect-error not offered
createSession({ exchange: 'saml' })
// @ts-expect-error durations are numbers
createSession({ idleTimeout: '5 min' })
// @ts-expect-error an option is there or absent
createSession({ name: undefined })
// @ts-expect-error no such endpoint
createSession({ endpoints: { signin: '/in' } })
// @ts-expect-error no such event
session.on('logn', () => {})
// @ts-expect-error a refresh has no user
session.on('refresh', ({ user }) => user)
// @ts-expect-error the access token is needed
session.setTokens({ refreshToken: 'x' })
// @ts-expect-error the user is an Account
session.setTokens({ accessToken: 'x' }, { user: { id: 1 } })
// @ts-expect-error may be null
session.getSnapshot().user.plan
// @ts-expect-error snapshots do not change
session.getSnapshot().status = 'loading'
// @ts-expect-error no such code
isSessionError(null, 'nonsense')
// @ts-expect-error not before the kind is known
if (isSessionError(null)) explain(null.status)
