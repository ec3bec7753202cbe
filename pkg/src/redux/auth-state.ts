import type { Claims, User } from '../claims.js'
import { LOADING } from '../loading-snapshot.js'
import type { Session } from '../session.js'

/** The session as the store has it. Instants are milliseconds since the epoch; all of it can be serialised. */
export interface AuthState<U = User> {
  /** The access token where `tokens: true` asked for it, else null. */
  token: string | null
  /** Always null: the session tells nobody its refresh token. It is here for code that expects the member. */
  refreshToken: null
  /** When the access token expires; null where that is not known. */
  tokenExpiry: number | null
  /** Who is signed in, where the auth server said so. */
  user: U | null
  /** Whether somebody is signed in. Also false while `isLoading`. */
  isAuthenticated: boolean
  /** It is not known yet whether somebody is signed in. A refresh is not seen here. */
  isLoading: boolean
  /** What the last failure that still matters says; null when all is well. */
  error: string | null
  /** The user's last activity in any tab. */
  lastActivity: number | null
  /** When the session ends by itself, for idleness or by `maxAge`. The session has the timer; a store cannot hold one. */
  autoLogoutTimer: number | null
}

/**
 * The state of `session` now. A server knows nobody, and says so with the state that a browser begins with, so that
 * both render the same.
 */
export function authState<U = User, C = Claims>(session: Session<U, C>, hasTokens: boolean): AuthState<U> {
  const { status, user, error, expiresAt, lastActivityAt, idleAt, endsAt } = isServer()
    ? LOADING
    : session.getSnapshot()
  const ends = [idleAt, endsAt].filter(at => at !== null)
  return {
    token: hasTokens ? session.peekAccessToken() : null,
    refreshToken: null,
    tokenExpiry: expiresAt,
    user,
    isAuthenticated: status === 'authenticated',
    isLoading: status === 'loading',
    error: error === null ? null : error.message,
    lastActivity: lastActivityAt,
    autoLogoutTimer: ends.length === 0 ? null : Math.min(...ends),
  }
}

const isServer = () => typeof document === 'undefined'

/** What can be asked of the state. `now` is in milliseconds since the epoch, and the clock's unless given. */
export const authSelectors = {
  /** Whether there is no token that is good now. One whose expiry is not known is taken for good. */
  selectIsTokenExpired: ({ isAuthenticated, tokenExpiry }: AuthState<unknown>, now = Date.now()): boolean =>
    !isAuthenticated || (tokenExpiry !== null && tokenExpiry <= now),
  /** How long the token lives on, in milliseconds, never negative; null where that is not known. */
  selectTimeUntilExpiry: ({ tokenExpiry }: AuthState<unknown>, now = Date.now()): number | null =>
    tokenExpiry === null ? null : Math.max(0, tokenExpiry - now),
  /** The user's last activity in any tab, in milliseconds since the epoch; null when nobody is signed in. */
  selectLastActivity: ({ lastActivity }: AuthState<unknown>): number | null => lastActivity,
}
