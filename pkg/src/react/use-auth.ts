import { useMemo } from 'react'
import type { User } from '../claims.js'
import type { LoginOptions, Session } from '../session.js'
import type { SessionSnapshot } from '../snapshot.js'
import { useProvidedSession } from './session-provider.js'
import { useSession } from './use-session.js'

/** Signs in. Rejects as `session.login` does. */
export interface AuthLogin {
  /** With `{ email, password }` as the credentials. */
  (email: string, password: string, options?: LoginOptions): Promise<void>
  /** With whatever the `login` endpoint takes. */
  (credentials: object, options?: LoginOptions): Promise<void>
}

/** What {@link useAuth} returns. */
export interface Auth<U = User> {
  /** Whether somebody is signed in. Also false while `isLoading`: send nobody to the login page before that is over. */
  isAuthenticated: boolean
  /** It is not known yet whether somebody is signed in. */
  isLoading: boolean
  /** Who is signed in, where the auth server said so. */
  user: U | null
  /** Signs in, in every tab. */
  login: AuthLogin
  /** Makes an account with whatever the `register` endpoint takes, and signs in. Rejects as `session.register` does. */
  register: (details: object, options?: LoginOptions) => Promise<void>
  /** Signs out, in every tab. */
  logout: () => Promise<void>
  /** Fetches new tokens now, which happens by itself in time. Rejects as `session.refresh` does. */
  refreshTokens: () => Promise<void>
}

/** Who is signed in, and what changes that. Renders only when the answer changes; the functions stay the same. */
export function useAuth<U = User>(): Auth<U> {
  const session = useProvidedSession<U, unknown>()
  const state = useSession(authState<U>)
  const actions = useMemo(() => authActions(session), [session])
  return useMemo(() => ({ ...state, ...actions }), [state, actions])
}

function authState<U>({ status, user }: SessionSnapshot<U, unknown>) {
  return { isAuthenticated: status === 'authenticated', isLoading: status === 'loading', user }
}

function authActions<U>(session: Session<U, unknown>) {
  async function login(first: string | object, second?: string | LoginOptions, third?: LoginOptions) {
    if (typeof first === 'string') await session.login({ email: first, password: second }, third)
    else await session.login(first, second as LoginOptions | undefined)
  }
  return {
    login: login as AuthLogin,
    async register(details: object, options?: LoginOptions) {
      await session.register(details, options)
    },
    // Without options: a button's `onClick` would hand its event over.
    logout: () => session.logout(),
    async refreshTokens() {
      await session.refresh()
    },
  }
}
