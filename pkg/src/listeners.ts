import { EVENT_NAMES } from './core-event.js'
import { ConfigError } from './errors.js'
import type { SessionEvents } from './events.js'

/** Throws a {@link ConfigError} unless `name` is an event and `listener` can be called. */
export function checkListener(name: keyof SessionEvents, listener: unknown): void {
  if (!EVENT_NAMES.includes(name)) throw new ConfigError('event', `there is no event "${name}"`)
  if (typeof listener !== 'function') throw new ConfigError('listener', 'a listener has to be a function')
}

/** The page's listeners for one session. A listener that throws does not keep the others from hearing. */
export class Listeners {
  readonly #entries = new Set<{ name: string; call: (payload: never) => void }>()
  readonly #report: (error: unknown) => void

  constructor(report: (error: unknown) => void) {
    this.#report = report
  }

  /** Adds a listener; the same function added twice is called twice. Returns what removes it. */
  add(name: string, call: (payload: never) => void): () => void {
    const entry = { name, call }
    this.#entries.add(entry)
    return () => {
      this.#entries.delete(entry)
    }
  }

  /**
   * Calls every listener of `name` that is still there when its turn comes, but none that came meanwhile. `payload` is
   * asked for each: the one before may have changed what there is to tell.
   */
  emit(name: string, payload: () => unknown): void {
    for (const entry of [...this.#entries]) {
      if (entry.name !== name || !this.#entries.has(entry)) continue
      try {
        entry.call(payload() as never)
      } catch (error) {
        this.#report(error)
      }
    }
  }

  clear(): void {
    this.#entries.clear()
  }
}
