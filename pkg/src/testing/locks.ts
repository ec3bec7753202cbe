import { queueTask } from './tasks.js'

interface Lock {
  readonly name: string
  readonly mode: 'exclusive'
}

interface LockOptions {
  ifAvailable?: boolean
  signal?: AbortSignal
}

type Callback = (lock: Lock | null) => unknown

interface Request {
  tab: object
  lock: Lock
  grant(): void
}

/** As much of the Web Locks of an origin as a session uses: those that one tab holds alone. */
export class Locks {
  readonly #held = new Map<string, Request>()
  #waiting: Request[] = []

  /** `navigator.locks` of `tab`. */
  forTab(tab: object) {
    return {
      request: (name: string, ...rest: [Callback] | [LockOptions, Callback]) => {
        const [options, callback] = rest.length === 1 ? [{}, rest[0]] : rest
        return this.#request(tab, name, options, callback)
      },
      query: async () => ({
        held: [...this.#held.values()].map(({ lock }) => lock),
        pending: this.#waiting.map(({ lock }) => lock),
      }),
    }
  }

  /** Lets go what a tab has that is gone. */
  leave(tab: object): void {
    this.#waiting = this.#waiting.filter(request => request.tab !== tab)
    for (const request of [...this.#held.values()]) if (request.tab === tab) this.#release(request)
  }

  #request(tab: object, name: string, { ifAvailable, signal }: LockOptions, callback: Callback) {
    return new Promise<unknown>((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const lock: Lock = { name, mode: 'exclusive' }
      const giveUp = () => {
        this.#waiting = this.#waiting.filter(other => other !== request)
        reject(signal?.reason)
      }
      const request: Request = {
        tab,
        lock,
        grant: () => {
          signal?.removeEventListener('abort', giveUp)
          const done = new Promise(settle => settle(callback(lock)))
          done.then(resolve, reject).finally(() => this.#release(request))
        },
      }
      const isTaken = this.#held.has(name) || this.#waiting.some(other => other.lock.name === name)
      if (ifAvailable && isTaken) return resolve(callback(null))
      signal?.addEventListener('abort', giveUp, { once: true })
      this.#waiting.push(request)
      this.#grantNext(name)
    })
  }

  #release(request: Request): void {
    const { name } = request.lock
    // A tab that is gone has let it go before.
    if (this.#held.get(name) !== request) return
    this.#held.delete(name)
    this.#grantNext(name)
  }

  #grantNext(name: string): void {
    queueTask(() => {
      const request = this.#waiting.find(({ lock }) => lock.name === name)
      if (request === undefined || this.#held.has(name)) return
      this.#waiting = this.#waiting.filter(other => other !== request)
      this.#held.set(name, request)
      request.grant()
    })
  }
}
