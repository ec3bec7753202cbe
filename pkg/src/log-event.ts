import type { Log } from './log.js'

/** What an event may tell, with what is nobody's business who reads a log. */
interface Payload {
  error?: Error | null
  user?: unknown
  claims?: unknown
  from?: unknown
  to?: unknown
}

/** Logs an event of the session's: failures as errors, changes of the snapshot only for who wants every decision. */
export function logEvent(log: Log, name: string, payload: Payload): void {
  const { error, user: _, claims: __, from: ___, to: ____, ...told } = payload
  log(
    name === 'change' ? 'debug' : error ? 'error' : 'info',
    name,
    error ? { ...told, error: error.message } : told,
  )
}
