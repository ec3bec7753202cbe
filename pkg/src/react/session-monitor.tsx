import { type ReactNode, useEffect } from 'react'
import type { Claims, User } from '../claims.js'
import type { SessionMonitorOptions } from '../monitor/mount.js'
import type { Session } from '../session.js'
import { loadMonitor } from './load-monitor.js'
import { SessionProvider, useProvidedSession } from './session-provider.js'

/** What {@link SessionMonitor} takes. */
export interface SessionMonitorProps<U = User, C = Claims> extends SessionMonitorOptions {
  /** The session. Default: that of the provider above. */
  session?: Session<U, C> | undefined
}

/**
 * In development, a panel at the top right of the page that shows the session live (`session-warden/monitor`); in
 * production nothing, which is not in the bundle either. Renders nothing itself.
 */
export function SessionMonitor<U = User, C = Claims>({
  session,
  ...options
}: SessionMonitorProps<U, C>): ReactNode {
  const monitor = <Monitor {...options} />
  return session === undefined ? monitor : <SessionProvider session={session}>{monitor}</SessionProvider>
}

function Monitor({ label, collapsed }: SessionMonitorOptions) {
  const session = useProvidedSession<unknown, unknown>()
  useEffect(() => {
    let isWanted = true
    let remove = () => {}
    loadMonitor()?.then(({ mountSessionMonitor }) => {
      if (isWanted) remove = mountSessionMonitor(session, { label, collapsed })
    })
    return () => {
      isWanted = false
      remove()
    }
  }, [session, label, collapsed])
  return null
}
