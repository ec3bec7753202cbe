import type { CoreToken } from './glue.js'
import type { SessionSnapshot } from './snapshot.js'

/** A token is not handed out in its last milliseconds, since a request needs a moment to arrive. */
const MARGIN = 2_000

/**
 * A token that is known to be good, so that most requests need not cross into WebAssembly. Past its moment, and after
 * anything that may have changed it, the core is asked again.
 */
export class FreshToken {
  #token: CoreToken | null = null
  #usableUntil = 0

  get(): CoreToken | null {
    return Date.now() < this.#usableUntil ? this.#token : null
  }

  /** Keeps `token` for as long as nothing in the `snapshot` stands against it. */
  keep(token: CoreToken, { status, expiresAt, idleAt, endsAt }: SessionSnapshot<unknown, unknown>): void {
    if (status !== 'authenticated') return
    this.#token = token
    this.#usableUntil = Math.min((expiresAt ?? Infinity) - MARGIN, idleAt ?? Infinity, endsAt ?? Infinity)
  }

  drop(): void {
    this.#token = null
  }
}
