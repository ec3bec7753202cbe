import {
  BadAnswerError,
  type Claims,
  HttpError,
  type Session,
  type SessionSnapshot,
  SignedOutError,
  type User,
} from './index.js'
import { sessionClock } from './session-clock.js'

// The classes that guides to token refresh hand out, under the names and with the shapes that code written after them
// knows. Each is a face of one session, which does the work.

/** A session, whoever its users are. */
export type AnySession = Session<unknown, unknown>

/** Tokens, as the auth server's answer names them. */
export interface TokenResponse {
  /** The access token; empty where the tokens are in cookies. */
  access_token: string
  /** Empty in what this package answers: no refresh token leaves the session. */
  refresh_token: string
  /** Whom they are for; empty where that is not known, and then it changes nothing. */
  user_id: string
  /** The access token's lifetime in seconds from now; 0 where it is not known. */
  expires_in: number
}

/** What applications ask of a class that keeps tokens. */
export class TokenManager {
  /** What keeps the tokens. */
  readonly session: AnySession

  /** A token manager whose tokens are those of `session`. */
  constructor(session: AnySession) {
    this.session = session
  }

  /** Signs in with `{ email, password }`. Rejects as `session.login` does. */
  async login(email: string, password: string): Promise<TokenResponse> {
    return this.#response(await this.session.login({ email, password }))
  }

  /** Fetches new tokens, or joins the refresh under way. Rejects as `session.refresh` does. */
  async refreshTokens(): Promise<TokenResponse> {
    return this.#response(await this.session.refresh())
  }

  /** Takes up tokens that the application got by itself. Rejects as `session.setTokens` does. */
  async setTokens(tokens: TokenResponse): Promise<void> {
    const { access_token: accessToken, refresh_token: refreshToken, expires_in: expiresIn, user_id } = tokens
    const answer = { accessToken, refreshToken, expiresIn, user_id }
    await this.session.setTokens(answer)
  }

  /** The token at hand, expired or not; null when signed out, and where the tokens are in cookies. */
  getAccessToken(): string | null {
    return this.session.peekAccessToken()
  }

  /** Whether there is no access token that is still good. Nobody knows that of one that does not say its expiry. */
  isTokenExpired(): boolean {
    return this.#endsWithin(0)
  }

  /**
   * Whether the access token has less than `bufferMinutes` to live, or there is none. The session refreshes in time by
   * itself: this is for what shows it.
   */
  shouldRefreshToken(bufferMinutes = 5): boolean {
    return this.#endsWithin(bufferMinutes)
  }

  /** Signs out, here and in every tab at once, and tells the server. */
  clearTokens(): Promise<void> {
    return this.session.logout()
  }

  #endsWithin(minutes: number): boolean {
    const { status, expiresAt } = this.session.getSnapshot()
    if (status !== 'authenticated') return true
    return expiresAt !== null && sessionClock(this.session).now() > expiresAt - minutes * 60_000
  }

  #response({ claims, user, expiresAt }: SessionSnapshot<unknown, unknown>): TokenResponse {
    const subject = (claims as Claims | null)?.sub ?? (user as User | null)?.id
    return {
      access_token: this.session.peekAccessToken() ?? '',
      refresh_token: '',
      user_id: String(subject ?? ''),
      expires_in:
        expiresAt === null
          ? 0
          : Math.max(0, Math.round((expiresAt - sessionClock(this.session).now()) / 1_000)),
    }
  }
}

/** A {@link TokenManager} over `session`. */
export function createTokenManager(session: AnySession): TokenManager {
  return new TokenManager(session)
}

/** Requests of JSON, answered with JSON, by way of `session.fetch`. */
export class ApiClient {
  readonly #baseUrl: string
  readonly #session: AnySession

  /** A client for what lies below `baseUrl`. For another origin than the page's, name that in `origins`. */
  constructor(baseUrl: string, source: TokenManager | AnySession) {
    this.#baseUrl = baseUrl
    this.#session = 'session' in source ? source.session : source
  }

  /**
   * Sends a request and returns what the answer holds; undefined where it is empty. Rejects as `session.fetch` does,
   * with `HttpError` for a status that is no success, with `BadAnswerError` for what is no JSON, and, before anything
   * is sent, with `SignedOutError` while nobody is signed in.
   */
  async request<T>(endpoint: string, options: RequestInit = {}): Promise<T> {
    await this.#session.ready
    if (this.#session.getSnapshot().status === 'unauthenticated')
      throw new SignedOutError('nobody is signed in')

    const headers = new Headers(options.headers)
    if (!headers.has('accept')) headers.set('accept', 'application/json')
    if (typeof options.body === 'string' && !headers.has('content-type'))
      headers.set('content-type', 'application/json')
    const response = await this.#session.fetch(`${this.#baseUrl}${endpoint}`, { ...options, headers })
    const text = await response.text()
    if (!response.ok)
      throw new HttpError(`the server answered ${response.status}`, response.status, codeIn(text))
    return (text === '' ? undefined : parsed(text)) as T
  }

  /** Sends GET. */
  get<T>(endpoint: string): Promise<T> {
    return this.request<T>(endpoint, { method: 'GET' })
  }

  /** Sends `data` as JSON with POST. */
  post<T>(endpoint: string, data?: unknown): Promise<T> {
    return this.request<T>(endpoint, { method: 'POST', body: JSON.stringify(data) })
  }

  /** Sends `data` as JSON with PUT. */
  put<T>(endpoint: string, data?: unknown): Promise<T> {
    return this.request<T>(endpoint, { method: 'PUT', body: JSON.stringify(data) })
  }

  /** Sends DELETE. */
  delete<T>(endpoint: string): Promise<T> {
    return this.request<T>(endpoint, { method: 'DELETE' })
  }
}

/** An {@link ApiClient} for what lies below `baseUrl`, with the tokens of a session. */
export function createApiClient(baseUrl: string, source: TokenManager | AnySession): ApiClient {
  return new ApiClient(baseUrl, source)
}

/** What applications ask of a service that signs them in. */
export class AuthService<U = User, C = Claims> {
  readonly #session: Session<U, C>

  /** A service over `session`. */
  constructor(session: Session<U, C>) {
    this.#session = session
  }

  /** Fetches new tokens, or joins the refresh under way. Rejects as `session.refresh` does. */
  refreshToken(): Promise<SessionSnapshot<U, C>> {
    return this.#session.refresh()
  }

  /** Whether the token's next refresh is due. */
  needsTokenRefresh(): boolean {
    const { refreshAt } = this.#session.getSnapshot()
    return refreshAt !== null && sessionClock(this.#session).now() >= refreshAt
  }

  /** Who is signed in; null when nobody is, or the server did not say. */
  getCurrentUser(): U | null {
    return this.#session.getSnapshot().user
  }
}

/** An {@link AuthService} over `session`. */
export function createAuthService<U, C>(session: Session<U, C>): AuthService<U, C> {
  return new AuthService(session)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new BadAnswerError('the answer is not JSON')
  }
}

function codeIn(text: string): string | null {
  try {
    const { error } = JSON.parse(text)
    return typeof error === 'string' ? error : null
  } catch {
    return null
  }
}
