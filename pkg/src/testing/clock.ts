import { settled } from './tasks.js'

/** The clock of a {@link TestSession}, which goes on when a test says so. */
export interface TestClock {
  /** What it shows, in milliseconds since the epoch. */
  now(): number
  /**
   * Lets `ms` milliseconds pass. Everything that falls due on the way happens in its order, each at its time, and what
   * it leads to comes to an end before the next: requests that are answered, other tabs that hear of it, promises of the
   * application. With 0, the default, that is all: what has begun comes to an end.
   */
  advance(ms?: number): Promise<void>
  /** The same until `instant`, in milliseconds since the epoch or as a date. Rejects where that has passed. */
  advanceTo(instant: number | Date): Promise<void>
  /** The device sleeps for `ms` milliseconds: nothing happens until it wakes, and then all that is overdue. */
  sleep(ms: number): Promise<void>
}

/** What a test wants done with each step. */
export interface StepOptions {
  act: ((step: () => Promise<void>) => PromiseLike<unknown>) | undefined
  advanceTimers: ((ms: number) => unknown) | undefined
}

interface Timer {
  id: number
  at: number
  fire: () => void
}

/** The timers of a tab, or of a page that follows the clock. */
export interface Timers {
  setTimeout(fire: (...args: unknown[]) => void, ms?: number, ...args: unknown[]): number
  clearTimeout(id: number | undefined): void
  /** Forgets all that are set. */
  clear(): void
}

export class SimulatedClock implements TestClock {
  #now: number
  #timers: Timer[] = []
  #ids = 0
  #isAdvancing = false
  readonly #options: StepOptions

  constructor(now: number, options: StepOptions) {
    this.#now = now
    this.#options = options
  }

  now(): number {
    return this.#now
  }

  async advance(ms = 0): Promise<void> {
    await this.#pass(this.#now + wholeSpan(ms), due => due)
  }

  async advanceTo(instant: number | Date): Promise<void> {
    await this.#pass(this.#now + wholeSpan(Number(instant) - this.#now), due => due)
  }

  async sleep(ms: number): Promise<void> {
    const end = this.#now + wholeSpan(ms)
    await this.#pass(end, () => end)
  }

  /** Lets what has begun come to an end, as a step of its own. */
  settle(): Promise<void> {
    return this.#step(() => {})
  }

  /** Timers that can be forgotten together. */
  timers(): Timers {
    const own = new Set<number>()
    const clearTimeout = (id: number | undefined) => {
      own.delete(id as number)
      this.#timers = this.#timers.filter(timer => timer.id !== id)
    }
    return {
      setTimeout: (fire, ms = 0, ...args) => {
        this.#ids += 1
        const id = this.#ids
        own.add(id)
        // A timer that sets itself anew without a delay would otherwise keep the time from passing.
        const at = this.#now + Math.max(1, Math.trunc(ms) || 0)
        this.#timers.push({
          id,
          at,
          fire() {
            own.delete(id)
            fire(...args)
          },
        })
        return id
      },
      clearTimeout,
      clear: () => own.forEach(clearTimeout),
    }
  }

  /** Until `end`, with each timer that is due by then at the time that `atTime` says. */
  async #pass(end: number, atTime: (due: number) => number): Promise<void> {
    if (this.#isAdvancing) throw new Error('the clock is being advanced already: await that first')
    this.#isAdvancing = true
    try {
      await this.settle()
      for (let timer = this.#next(end); timer !== undefined; timer = this.#next(end)) {
        const { id, at, fire } = timer
        await this.#step(() => {
          this.#goTo(atTime(at))
          // Unless the application has cleared it by what it did before.
          if (!this.#timers.some(other => other.id === id)) return
          this.#timers = this.#timers.filter(other => other.id !== id)
          fire()
        })
      }
      await this.#step(() => this.#goTo(end))
    } finally {
      this.#isAdvancing = false
    }
  }

  #next(end: number): Timer | undefined {
    let next: Timer | undefined
    // Of several at one time the one that was set first.
    for (const timer of this.#timers) if (timer.at <= end && (!next || timer.at < next.at)) next = timer
    return next
  }

  #goTo(instant: number): void {
    const passed = Math.max(0, instant - this.#now)
    this.#now += passed
    if (passed > 0) this.#options.advanceTimers?.(passed)
  }

  async #step(work: () => void): Promise<void> {
    const { act = step => step() } = this.#options
    await act(async () => {
      work()
      await settled()
    })
  }
}

function wholeSpan(ms: number): number {
  if (Number.isFinite(ms) && ms >= 0) return Math.trunc(ms)
  throw new RangeError('time passes by a finite number of milliseconds, 0 or more')
}
