// The panel for development, over a session of whatever kind.
import { createSession, type Session } from 'session-warden'
import { defineSessionMonitor, mountSessionMonitor, type SessionMonitorElement } from 'session-warden/monitor'

interface Account {
  id: string
}

const session: Session<Account> = createSession<Account>()

const remove: () => void = mountSessionMonitor(session, { label: 'Mine', collapsed: true })
remove()

defineSessionMonitor()
const monitor: SessionMonitorElement = document.createElement('session-monitor')
monitor.session = session
monitor.session = null
monitor.collapsed = true

// @ts-expect-error a session is needed
mountSessionMonitor()
// @ts-expect-error options are not a session
mountSessionMonitor({ idleTimeout: 5 })
// @ts-expect-error not an option
mountSessionMonitor(session, { title: 'Mine' })
// @ts-expect-error a label is text
monitor.label = 5
