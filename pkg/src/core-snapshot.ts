import { DEGRADED, whichTab } from './core-words.js'
import type { SessionError } from './errors.js'
import type { CoreSnapshot } from './glue.js'
import { LOADING } from './loading-snapshot.js'
import type { EndReason, SessionSnapshot, StorageKind } from './snapshot.js'

/** What is found out on this side. */
type Ours = Pick<SessionSnapshot<unknown, unknown>, 'error' | 'user' | 'claims'>

const CORE_NAMES = Object.keys(LOADING).filter(name => name !== 'error' && name !== 'claims')

/** Where there is no page. */
export const INERT: SessionSnapshot<never, never> = Object.freeze({
  ...LOADING,
  status: 'unauthenticated',
  storage: 'memory',
})

/** The core never came to be. */
export function failedSnapshot(error: SessionError): SessionSnapshot<never, never> {
  return Object.freeze({ ...LOADING, status: 'failed', error })
}

/** What crosses as something else than it is. */
interface Coded {
  status: number
  endReason: EndReason | null
  /** Whether it was in another tab. */
  endedBy: boolean
  /** Whether the tokens are in memory. */
  storage: boolean
  degraded: number | null
}

type Status = (typeof STATUSES)[number]

/** In the order of the core's numbers. */
const STATUSES = ['loading', 'authenticated', 'unauthenticated'] as const

const SIGNED_OUT = STATUSES.indexOf('unauthenticated')

/** Whether somebody is signed in. */
export const isSignedIn = ([status]: CoreSnapshot) => STATUSES[status as number] === 'authenticated'

/** Moves with every login, logout and account switch. The last of the values, which is not for the page. */
export const epochOf = (values: CoreSnapshot) => values.at(-1) as number

/**
 * The snapshot of the core's `values`, with what is `ours`; `kind`: where the tokens were to be; `mayBeSignedIn`: though
 * the core knows of nobody.
 */
export function snapshotFromCore(
  values: CoreSnapshot,
  kind: StorageKind,
  { mayBeSignedIn, ...ours }: Ours & { mayBeSignedIn: boolean },
): SessionSnapshot<unknown, unknown> {
  const theirs: unknown = Object.fromEntries(CORE_NAMES.map((name, index) => [name, values[index] ?? null]))
  const { status, endReason, endedBy, storage, degraded } = theirs as Coded
  return Object.freeze({
    ...(theirs as SessionSnapshot<unknown, unknown>),
    ...ours,
    // A session that is known to have ended is not brought back.
    status:
      mayBeSignedIn && endReason === null && status === SIGNED_OUT ? 'loading' : (STATUSES[status] as Status),
    endedBy: endReason && whichTab(endedBy),
    storage: storage ? 'memory' : kind,
    degraded: DEGRADED[degraded as number] ?? null,
  })
}
