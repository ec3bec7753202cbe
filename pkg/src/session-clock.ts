/** Where a session that does not live by the page's clock has its own. Shared by all copies of the package on a page. */
export const SESSION_CLOCK: unique symbol = Symbol.for('session-warden.clock')

/** What time it is for a session. */
export interface SessionClock {
  /** In milliseconds since the epoch. */
  now(): number
  setTimeout(fire: () => void, ms: number): unknown
  clearTimeout(timer: unknown): void
}

/** The clock that the instants of `session` are of. */
export function sessionClock(session: unknown): SessionClock {
  return (session as { [SESSION_CLOCK]?: SessionClock } | null)?.[SESSION_CLOCK] ?? OWN
}

/** Looked up at each use, so that a test can replace them. */
const OWN: SessionClock = {
  now: () => Date.now(),
  setTimeout: (fire, ms) => setTimeout(fire, ms),
  clearTimeout: timer => clearTimeout(timer as ReturnType<typeof setTimeout>),
}
