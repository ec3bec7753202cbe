import type { Claims, User } from './claims.js'
import type { SessionError } from './errors.js'

/** Why a session ended. */
export type EndReason =
  /** The user, or the application, signed out. */
  | 'logout'
  /** No activity in any tab for `idleTimeout`. */
  | 'idle'
  /** The access token expired and could not be renewed. */
  | 'expired'
  /** The auth server refused the refresh token for good. */
  | 'refresh-rejected'
  /** The auth server said that the access token is not valid. */
  | 'token-invalid'
  /** `maxAge` has passed since the login. */
  | 'max-age'
  /** The stored session was removed from outside. */
  | 'storage-cleared'
  /** Another user signed in, and this tab has not got their tokens yet. */
  | 'user-changed'
  /** The browser was closed, and the session was to last no longer (`remember: false`). */
  | 'browser-closed'

/**
 * Where the tokens are kept. `local`: in IndexedDB and localStorage, for all tabs and until the session ends.
 * `session`: in the tab's sessionStorage, so that each tab has a session of its own, which a reload and a duplicated
 * tab share. `memory`: nowhere but in the tabs, which hand them to each other; the last tab takes them along.
 * `encrypted`: as `local`, under a key that the browser keeps and no script can read. `adapter`: in the application's
 * own store.
 */
export type StorageKind = 'local' | 'session' | 'memory' | 'encrypted' | 'adapter'

/** What a session has to do without, because the browser refuses it. */
export type Degradation =
  /** There is no IndexedDB to decide by which tab refreshes: a lock and a short wait stand in. */
  | 'no-fence'
  /** Nothing outlives the page. */
  | 'no-storage'
  /** A change could not be written yet. */
  | 'not-stored'
  /** A newer version of the library has written the stored session, which is left alone. */
  | 'newer-version'
  /** The tokens could not be encrypted: they are kept in memory. */
  | 'no-encryption'

/** How a session stands. */
export type SessionStatus =
  /** The stored session has not been read yet. */
  | 'loading'
  /** Somebody is signed in. */
  | 'authenticated'
  /** Nobody is. */
  | 'unauthenticated'
  /** The WebAssembly module could not be loaded (see `error`), which must never be read as signed out. */
  | 'failed'

/** Which tab did it. */
export type Where = 'this-tab' | 'other-tab'

/**
 * The session at one moment. Frozen; the same object until something changes. Instants are milliseconds since the
 * epoch, and null where there is no such moment.
 */
export interface SessionSnapshot<U = User, C = Claims> {
  /** How the session stands. */
  readonly status: SessionStatus

  /** The last failure that still matters; null when all is well. */
  readonly error: SessionError | null
  /** The user, from the auth server's answer or `setTokens`. */
  readonly user: U | null
  /** The access token's claims; null for an opaque or encrypted token. */
  readonly claims: C | null
  /** When the access token expires. */
  readonly expiresAt: number | null
  /** When the next refresh is due. */
  readonly refreshAt: number | null
  /** The user's last activity in any tab. */
  readonly lastActivityAt: number | null
  /** When the session ends unless there is activity. */
  readonly idleAt: number | null
  /** When the idle prompt is due. */
  readonly promptAt: number | null
  /** When the session ends whatever happens: `maxAge`, or expiry after a refused refresh. For idleness see `idleAt`. */
  readonly endsAt: number | null
  /** The idle prompt is up: ask the user and call `stay()`. */
  readonly prompting: boolean
  /** A refresh is under way. */
  readonly refreshing: boolean
  /** The auth server was out of reach at the last try. */
  readonly offline: boolean
  /** The auth server refused to renew the session for good: it ends when its access token expires. */
  readonly ending: boolean
  /** Why the last session ended; null while one lives and before the first. */
  readonly endReason: EndReason | null
  /** Which tab ended it. */
  readonly endedBy: Where | null
  /** Where the tokens are kept: `memory` where the browser refuses what was asked for. */
  readonly storage: StorageKind
  /** What the session has to do without; null when nothing. */
  readonly degraded: Degradation | null
}
