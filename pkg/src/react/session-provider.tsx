import { createContext, type ReactNode, useContext } from 'react'
import type { Claims, User } from '../claims.js'
import type { Session } from '../session.js'

const SessionContext = createContext<unknown>(null)

/** What {@link SessionProvider} takes. */
export interface SessionProviderProps<U = User, C = Claims> {
  /** What `createSession` returned: create it once, in a module of its own, and not while rendering. */
  session: Session<U, C>
  /** All that uses the session. */
  children?: ReactNode
}

/** Hands a session to the hooks and components below it. It neither starts nor ends the session. */
export function SessionProvider<U = User, C = Claims>({ session, children }: SessionProviderProps<U, C>) {
  return <SessionContext.Provider value={session}>{children}</SessionContext.Provider>
}

/** The session of the nearest provider. Throws where there is none. */
export function useProvidedSession<U, C>(): Session<U, C> {
  const session = useContext(SessionContext)
  if (session === null) throw new Error('there is no <SessionProvider> above this component')
  return session as Session<U, C>
}
