import type { Claims, User } from './claims.js'
import type { SessionError } from './errors.js'
import type { Degradation, EndReason, SessionSnapshot, Where } from './snapshot.js'

/** What `session.on` can be asked for, with what each listener is given. Events tell only changes. */
export interface SessionEvents<U = User, C = Claims> {
  /** Somebody signed in, in this tab or another. */
  login: {
    /** Who; null where the server did not say. */
    user: U | null
  }
  /** New tokens are in use. */
  refresh: {
    /** Counts the tokens of this session. */
    generation: number
    /** Which tab fetched them. */
    by: Where
  }
  /** A refresh failed for now; the session goes on. */
  'refresh-failed': {
    /** What went wrong. */
    error: SessionError
    /** When the next try is due, in milliseconds since the epoch. */
    retryAt: number
  }
  /** The auth server refused the refresh for good while the access token still lives. */
  'refresh-rejected': {
    /** What it said. */
    error: SessionError
    /** When the session ends, in milliseconds since the epoch; null where the expiry is not known. */
    endsAt: number | null
  }
  /** The session is about to end for idleness. */
  prompt: {
    /** When, in milliseconds since the epoch. */
    endsAt: number
  }
  /** The prompt is not needed any more. */
  'prompt-dismissed': {
    /** What dismissed it. */
    by: 'activity' | 'stay'
  }
  /** The session has ended. */
  end: {
    /** Why. */
    reason: EndReason
    /** Which tab ended it. */
    endedBy: Where
  }
  /** Another user is signed in now. */
  'user-changed': {
    /** Who was: the subject of the former tokens. */
    from: string | null
    /** Who is: the subject of the new tokens. */
    to: string | null
  }
  /** The session has to do without something that the browser refuses. */
  degraded: {
    /** What. */
    what: Degradation
    /** What the browser threw. */
    error?: SessionError
  }
  /** Something in the snapshot changed. */
  change: SessionSnapshot<U, C>
}
