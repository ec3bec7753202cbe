import type { Log } from './log.js'

/** What may be told of an event to who develops the page: numbers and reasons, and nothing of the user's. */
const TOLD = [
  'generation',
  'by',
  'retryAt',
  'endsAt',
  'reason',
  'endedBy',
  'what',
  'status',
  'expiresAt',
  'refreshAt',
  'refreshing',
  'offline',
  'idleAt',
]

/** Logs an event of the session's: failures as errors, changes of the snapshot only for who wants every decision. */
export function logEvent(log: Log, name: string, payload: object): void {
  const { error } = payload as { error?: Error | null }
  const told = Object.entries(payload).filter(([key]) => TOLD.includes(key))
  if (name === 'change') log('debug', name, Object.fromEntries(told))
  else
    log(error ? 'error' : 'info', name, {
      ...Object.fromEntries(told),
      ...(error && { error: error.message }),
    })
}
