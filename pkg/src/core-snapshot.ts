import type { SessionError } from './errors.js'
import type { SessionSnapshot, StorageKind } from './snapshot.js'

/** The members are in the order in which the core gives their values. */
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

/** What is found out on this side. */
type Ours = Pick<SessionSnapshot<unknown, unknown>, 'error' | 'claims'>

const CORE_NAMES = Object.keys(NOBODY).filter(name => name !== 'error' && name !== 'claims')

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

/** The snapshot of the core's `values`, with what is `ours`. To the core, every kind of storage that tabs share is `local`. */
export function snapshotFromCore(
  values: unknown[],
  kind: StorageKind,
  ours: Ours,
): SessionSnapshot<unknown, unknown> {
  const theirs = Object.fromEntries(CORE_NAMES.map((name, index) => [name, values[index]]))
  const storage = theirs.storage === 'local' ? kind : (theirs.storage as StorageKind)
  return Object.freeze({ ...NOBODY, ...theirs, ...ours, storage })
}
