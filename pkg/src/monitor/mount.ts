import type { Session } from '../session.js'
import { defineSessionMonitor } from './element.js'

/** How a session monitor is shown. */
export interface SessionMonitorOptions {
  /** What it is called, to tell several apart. Default: `Session`. */
  label?: string | undefined
  /** Whether it is collapsed at first. Default: false. */
  collapsed?: boolean | undefined
}

/**
 * Shows `session` in a panel at the top right of the page, for development. Returns what removes it; with the last panel
 * of a page, its clock is right again, should a button have set it ahead. Does nothing on a server.
 */
export function mountSessionMonitor(
  session: Session<unknown, unknown>,
  { label, collapsed = false }: SessionMonitorOptions = {},
): () => void {
  if (typeof document === 'undefined') return () => {}
  defineSessionMonitor()
  const monitor = document.createElement('session-monitor')
  monitor.session = session
  if (label !== undefined) monitor.label = label
  monitor.collapsed = collapsed
  document.body.append(monitor)
  return () => monitor.remove()
}
