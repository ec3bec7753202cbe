import { errorFromCore } from './core-error.js'
import type { SessionError } from './errors.js'
import type { CoreSnapshot } from './glue.js'
import type { EndReason, SessionSnapshot } from './snapshot.js'

const NOBODY: SessionSnapshot<never, never> = {
  status: 'loading',
  error: null,
  user: null,
  claims: null,
  expiresAt: null,
  refreshAt: null,
  lastActivityAt: null,
  idleAt: null,
  promptAt: null,
  endsAt: null,
  prompting: false,
  refreshing: false,
  offline: false,
  ending: false,
  endReason: null,
  endedBy: null,
  storage: 'local',
  degraded: null,
}

/** Before the core is there. */
export const LOADING = Object.freeze(NOBODY)

/** Where there is no page. */
export const INERT: SessionSnapshot<never, never> = Object.freeze({
  ...NOBODY,
  status: 'unauthenticated',
  storage: 'memory',
})

/** The core never came to be. */
export function failedSnapshot(error: SessionError): SessionSnapshot<never, never> {
  return Object.freeze({ ...NOBODY, status: 'failed', error })
}

/** The core's snapshot with its error typed. */
export function snapshotFromCore(core: CoreSnapshot): SessionSnapshot<unknown, unknown> {
  return Object.freeze({
    ...core,
    endReason: core.endReason as EndReason | null,
    error: core.error === null ? null : errorFromCore(core.error),
  })
}
