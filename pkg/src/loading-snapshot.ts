import type { SessionSnapshot } from './snapshot.js'

/** Before anything is known. The members are in the order in which the core gives their values. */
export const LOADING: SessionSnapshot<never, never> = Object.freeze({
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
})
