/** How much is logged: each level includes those before it. */
export type LogLevel = 'silent' | 'error' | 'info' | 'debug'

/** Where log messages go. `console` fits. No message ever holds a token. */
export interface Logger {
  /** Something went wrong that nobody may have asked about. */
  error(message: string, ...details: unknown[]): void
  /** Logins, refreshes, ends. */
  info(message: string, ...details: unknown[]): void
  /** Every decision. */
  debug(message: string, ...details: unknown[]): void
}
