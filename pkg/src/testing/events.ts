/**
 * As much of a DOM's events as a session listens to. Node's own cannot be used: of those that a script makes it says so
 * (`isTrusted`), and a session takes them for no sign of the user.
 */

/** An event. */
export interface SimulatedEvent {
  type: string
  isTrusted: boolean
  [member: string]: unknown
}

type Listener = (event: SimulatedEvent) => void

interface Entry {
  type: string
  listener: Listener
  capture: boolean
  once: boolean
}

interface ListenOptions {
  capture?: boolean
  once?: boolean
  signal?: AbortSignal
}

export class Events {
  #entries: Entry[] = []

  /** Bound, as are those of a page's `window`. */
  readonly addEventListener = (type: string, listener: Listener, options: ListenOptions | boolean = {}) => {
    const { capture = false, once = false, signal } = asObject(options)
    if (signal?.aborted || this.#find(type, listener, capture) !== undefined) return
    this.#entries.push({ type, listener, capture, once })
    signal?.addEventListener('abort', () => this.removeEventListener(type, listener, capture), { once: true })
  }

  readonly removeEventListener = (
    type: string,
    listener: Listener,
    options: ListenOptions | boolean = {},
  ) => {
    const entry = this.#find(type, listener, asObject(options).capture ?? false)
    this.#entries = this.#entries.filter(other => other !== entry)
  }

  /** Tells everybody who listens, those of the capturing phase first. */
  tell(type: string, members: object = {}): void {
    const event = { type, isTrusted: true, ...members }
    const heard = this.#entries.filter(entry => entry.type === type)
    for (const entry of [...heard.filter(entry => entry.capture), ...heard.filter(entry => !entry.capture)]) {
      // One may have ended the other's listening.
      if (!this.#entries.includes(entry)) continue
      if (entry.once) this.removeEventListener(type, entry.listener, entry.capture)
      entry.listener(event)
    }
  }

  #find(type: string, listener: Listener, capture: boolean): Entry | undefined {
    return this.#entries.find(
      entry => entry.type === type && entry.listener === listener && entry.capture === capture,
    )
  }
}

const asObject = (options: ListenOptions | boolean): ListenOptions =>
  typeof options === 'boolean' ? { capture: options } : options
