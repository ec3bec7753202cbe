/** Where a session that lives by another clock than the page's has it. Shared by all copies of the package on a page. */
export const PAGE_CLOCK: unique symbol = Symbol.for('session-warden.clock')

/** What time it is for a session. */
export interface PageClock {
  /** In milliseconds since the epoch. */
  now(): number
  setTimeout(fire: () => void, ms: number): unknown
  clearTimeout(timer: unknown): void
}
