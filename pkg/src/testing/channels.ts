import { Events } from './events.js'
import { queueTask } from './tasks.js'

/** The channels that are open in all tabs. */
export class Channels {
  readonly #open = new Set<Channel>()

  /** The `BroadcastChannel` of one tab, and what closes all of it. */
  forTab(): { BroadcastChannel: new (name: string) => Channel; closeAll: () => void } {
    const all = this.#open
    const own = new Set<Channel>()
    class BroadcastChannel extends Channel {
      constructor(name: string) {
        super(name, all)
        own.add(this)
      }
    }
    return {
      BroadcastChannel,
      closeAll() {
        for (const channel of own) channel.close()
      },
    }
  }
}

class Channel extends Events {
  readonly name: string
  readonly #open: Set<Channel>

  constructor(name: string, open: Set<Channel>) {
    super()
    this.name = name
    this.#open = open
    open.add(this)
  }

  postMessage(message: unknown): void {
    const data = structuredClone(message)
    for (const other of this.#open) {
      if (other === this || other.name !== this.name) continue
      queueTask(() => {
        if (this.#open.has(other)) other.tell('message', { data })
      })
    }
  }

  close(): void {
    this.#open.delete(this)
  }
}
