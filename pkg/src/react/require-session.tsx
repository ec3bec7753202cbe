import type { ReactNode } from 'react'
import type { SessionError } from '../errors.js'
import type { SessionSnapshot } from '../snapshot.js'
import { useSession } from './use-session.js'

/** What {@link RequireSession} takes. */
export interface RequireSessionProps {
  /** What only a signed-in user gets to see. */
  children: ReactNode
  /** What others see: a login form, or what leads to one, such as a router's `<Navigate to="/login" />`. */
  fallback: ReactNode
  /** What is seen until it is known whether somebody is signed in, and in the HTML of a server. Default: nothing. */
  loading?: ReactNode
  /**
   * What is seen where the session could not start, which does not mean that nobody is signed in. Without it the error
   * is thrown, for the error boundary above.
   */
  failed?: ReactNode | ((error: SessionError | null) => ReactNode)
}

/** Shows its children to signed-in users only. It hides nothing from who reads the code: the server decides. */
export function RequireSession({
  children,
  fallback,
  loading = null,
  failed,
}: RequireSessionProps): ReactNode {
  const { status, error } = useSession(standing)
  if (status === 'loading') return loading
  if (status === 'authenticated') return children
  if (status === 'unauthenticated') return fallback
  if (failed === undefined) throw error
  return typeof failed === 'function' ? failed(error) : failed
}

function standing({ status, error }: SessionSnapshot) {
  return { status, error: status === 'failed' ? error : null }
}
