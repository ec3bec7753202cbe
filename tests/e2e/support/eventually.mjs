import { AssertionError } from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'

/** Between two looks, in milliseconds. */
const INTERVAL = 20

/**
 * Runs `check` until its assertions hold and returns what it returns. After `within` milliseconds the last
 * assertion's failure is thrown. Any other error is thrown at once.
 */
export async function eventually(check, within = 10_000) {
  const deadline = performance.now() + within
  for (;;) {
    try {
      return await check()
    } catch (error) {
      if (!(error instanceof AssertionError) || performance.now() > deadline) throw error
    }
    await pause(INTERVAL)
  }
}
