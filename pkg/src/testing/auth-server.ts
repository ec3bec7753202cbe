import type { User } from '../claims.js'
import type { ExchangePurpose } from '../exchange.js'
import type { SessionOptions } from '../options.js'
import type { TokenSet } from '../session.js'
import type { TestAnswer } from './answers.js'
import type { TestClock } from './clock.js'

/** Whom the auth server signs in, and for how long. */
export interface TestAccount<U = User> {
  /** The user. Default: `{ id: 'user-1', email: 'user@example.com' }`. */
  user?: U
  /** What the access tokens claim, besides `sub`, `iat` and `exp`. */
  claims?: Record<string, unknown>
  /** How long an access token lives, in seconds, as auth servers say it. Default: 900 (15 min). */
  expiresIn?: number
}

/** What a request shows of itself. */
export interface Credentials {
  accessToken: string | null
  refreshToken: string | null
}

/** Tokens that the auth server has just made, and whom they are for. */
export interface TestTokens<U = User> extends TokenSet {
  /** Its lifetime from now, in seconds. */
  expiresIn: number
  /** The user. */
  user: U
}

interface Grant {
  family: number
  expiresAt: number
}

/**
 * An auth server as it should be: access tokens are short, each refresh token can be used once, and one that is used again
 * ends the session that it belongs to.
 */
export class AuthServer<U> {
  account: TestAccount<U>
  readonly #clock: TestClock
  readonly #options: SessionOptions<never, never>
  readonly #access = new Map<string, Grant>()
  /** The families that refresh tokens belong to: one for each login. */
  readonly #refresh = new Map<string, number>()
  /** The refresh token that each living family has now. */
  readonly #families = new Map<number, string>()
  /** What cookies stand for. */
  #cookie: Grant | null = null
  #made = 0

  constructor(clock: TestClock, options: SessionOptions<never, never>, account: TestAccount<U>) {
    this.#clock = clock
    this.#options = options
    this.account = account
  }

  /** New tokens, as after a login. */
  grant(family = this.#next()): TestTokens<U> {
    const { user = USER as U, claims, expiresIn = 900 } = this.account
    const now = this.#clock.now()
    const subject = (user as User | null)?.id
    const accessToken = tokenOf({
      ...(subject !== undefined && { sub: String(subject) }),
      iat: Math.floor(now / 1_000),
      exp: Math.floor(now / 1_000) + expiresIn,
      jti: String(this.#next()),
      ...claims,
    })
    const refreshToken = `refresh-${this.#next()}`
    const grant = { family, expiresAt: now + expiresIn * 1_000 }
    this.#access.set(accessToken, grant)
    this.#refresh.set(refreshToken, family)
    this.#families.set(family, refreshToken)
    if (this.#style === 'cookie') this.#cookie = grant
    // One token that renews itself has no other beside it.
    return { accessToken, ...(this.#style !== 'sliding' && { refreshToken }), expiresIn, user }
  }

  /** Whether what a request brings is good now. */
  isGood({ accessToken }: Credentials): boolean {
    const grant = this.#grantOf(accessToken)
    return grant !== undefined && grant.expiresAt > this.#clock.now()
  }

  answer(purpose: ExchangePurpose, credentials: Credentials): TestAnswer {
    switch (purpose) {
      case 'login':
      case 'register':
        return this.#granted(this.grant())
      case 'refresh':
        return this.#refreshed(credentials)
      case 'logout':
      case 'logoutAll':
        this.#end(purpose === 'logoutAll' ? [...this.#families.keys()] : [this.#familyOf(credentials)])
        return 204
      case 'verify':
        return this.isGood(credentials) ? { body: { valid: true } } : 401
      case 'tokenInfo':
        return this.#told(credentials)
      case 'changePassword':
        return this.isGood(credentials) ? { body: {} } : 401
    }
  }

  get #style() {
    const { exchange } = this.#options
    return typeof exchange === 'object' ? exchange.style : exchange
  }

  #next(): number {
    this.#made += 1
    return this.#made
  }

  #grantOf(accessToken: string | null): Grant | undefined {
    const grant = accessToken === null ? this.#cookie : this.#access.get(accessToken)
    return grant && this.#families.has(grant.family) ? grant : undefined
  }

  #familyOf({ accessToken, refreshToken }: Credentials): number | undefined {
    return this.#refresh.get(refreshToken ?? '') ?? this.#grantOf(accessToken)?.family
  }

  #refreshed(credentials: Credentials): TestAnswer {
    const family = this.#familyOf(credentials)
    const { refreshToken } = credentials
    const current = family === undefined ? undefined : this.#families.get(family)
    if (family === undefined || current === undefined) return 'invalid_grant'
    if (refreshToken === null || refreshToken === current) return this.#granted(this.grant(family))
    this.#end([family])
    return 'invalid_grant'
  }

  #end(families: (number | undefined)[]): void {
    for (const family of families) if (family !== undefined) this.#families.delete(family)
  }

  #told(credentials: Credentials): TestAnswer {
    const grant = this.#grantOf(credentials.accessToken)
    const left = (grant?.expiresAt ?? 0) - this.#clock.now()
    if (left <= 0) return 401
    return { body: { user: this.account.user ?? USER, expires_in: Math.floor(left / 1_000) } }
  }

  /** In the names that the session has been told. */
  #granted({ accessToken, refreshToken, expiresIn, user }: TestTokens<U>): TestAnswer {
    const { fields = {} } = this.#options
    const isHidden = this.#style === 'cookie'
    return {
      body: {
        ...(!isHidden && {
          [fields.accessToken ?? 'access_token']: accessToken,
          ...(refreshToken !== undefined && { [fields.refreshToken ?? 'refresh_token']: refreshToken }),
        }),
        [fields.expiresIn ?? 'expires_in']: expiresIn,
        [fields.user ?? 'user']: user,
      },
    }
  }
}

const USER: User = { id: 'user-1', email: 'user@example.com' }

/** A JSON Web Token that nobody has signed. */
function tokenOf(claims: object): string {
  return `${encoded({ alg: 'none', typ: 'JWT' })}.${encoded(claims)}.`
}

function encoded(value: object): string {
  const bytes = new TextEncoder().encode(JSON.stringify(value))
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}
