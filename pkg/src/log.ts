import type { Logger, LogLevel } from './logger.js'

/** Writes one message, if its level is on. */
export type Log = (level: Exclude<LogLevel, 'silent'>, message: string, ...details: unknown[]) => void

/** All levels, from silence to everything. */
export const LOG_LEVELS: readonly LogLevel[] = ['silent', 'error', 'info', 'debug']

/** A log that keeps quiet above `limit`. The console is looked up at each use, so that a test can replace it. */
export function createLog(limit: LogLevel, logger: Logger | undefined): Log {
  return (level, message, ...details) => {
    if (LOG_LEVELS.indexOf(level) > LOG_LEVELS.indexOf(limit)) return
    try {
      const target = logger ?? console
      target[level](`[session-warden] ${message}`, ...details)
    } catch {
      // A logger that throws must not break the session, and there is nowhere left to tell of it.
    }
  }
}
