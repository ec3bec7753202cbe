import { errorFromCore } from './core-error.js'
import { DEGRADED, whichTab } from './core-words.js'
import type { SessionError } from './errors.js'
import type { SessionEvents } from './events.js'
import type { CoreError } from './glue.js'
import type { EndReason } from './snapshot.js'

/** The payloads, of the core's two values. The events are in the order of the core's numbers. */
const PAYLOADS = {
  // The user is not the core's.
  login: () => ({}),
  refresh: (generation: number, isOther: boolean) => ({ generation, by: whichTab(isOther) }),
  'refresh-failed': (error: CoreError, retryAt: number) => ({ error: errorFromCore(error), retryAt }),
  'refresh-rejected': (error: CoreError, endsAt: number | null) => ({ error: errorFromCore(error), endsAt }),
  prompt: (endsAt: number) => ({ endsAt }),
  'prompt-dismissed': (isStay: boolean) => ({ by: isStay ? 'stay' : 'activity' }),
  end: (reason: EndReason, isOther: boolean) => ({ reason, endedBy: whichTab(isOther) }),
  'user-changed': (from: string | null, to: string | null) => ({ from, to }),
  degraded: (what: number) => ({ what: DEGRADED[what] }),
  change: () => ({}),
} satisfies Record<keyof SessionEvents, (first: never, second: never) => object>

/** Every event there is. */
export const EVENT_NAMES = Object.keys(PAYLOADS) as (keyof SessionEvents)[]

/** An event of the core's, with what it tells of itself. */
export interface CoreEvent {
  name: keyof SessionEvents
  payload: object | { error: SessionError }
}

/** The event of that number; undefined for the one that is not for listeners: the core is ready. */
export function eventFromCore(number: number, first: unknown, second: unknown): CoreEvent | undefined {
  const name = EVENT_NAMES[number]
  return name && { name, payload: PAYLOADS[name](first as never, second as never) }
}
