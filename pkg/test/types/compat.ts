// What a user of `session-warden/compat` writes. Compiled, never run.
import { createSession } from 'session-warden'
import {
  ApiClient,
  createApiClient,
  createAuthService,
  createTokenManager,
  TokenManager,
  type TokenResponse,
} from 'session-warden/compat'

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<A, B>(_: Same<A, B>): void {}

interface Account {
  id: string
  plan: 'free' | 'paid'
}
interface AccountClaims {
  sub: string
}

const session = createSession<Account, AccountClaims>()
const tokens = createTokenManager(session)
same<ReturnType<typeof tokens.login>, Promise<TokenResponse>>(true)
same<ReturnType<typeof tokens.refreshTokens>, Promise<TokenResponse>>(true)
same<ReturnType<typeof tokens.getAccessToken>, string | null>(true)
const isDue: boolean = tokens.shouldRefreshToken() || tokens.shouldRefreshToken(10)
if (isDue) tokens.clearTokens().catch(() => {})

const api = new ApiClient('/api/v1', new TokenManager(createSession()))
const one = api.get<Account>('/account')
same<typeof one, Promise<Account>>(true)
const other = createApiClient('/api/v1', session).post<Account[]>('/accounts', { plan: 'paid' })
same<typeof other, Promise<Account[]>>(true)
api.request<void>('/accounts/1', { method: 'DELETE', headers: { 'x-reason': 'moved' } })

const service = createAuthService(session)
same<ReturnType<typeof service.getCurrentUser>, Account | null>(true)

// @ts-expect-error e-mail and password
tokens.login({ email: 'ada@example.com', password: 'secret' })
// @ts-expect-error a session or what is made of one
createApiClient('/api/v1')
// @ts-expect-error nothing is known of it
api.get('/account').then(({ plan }) => plan)
