import { IDBFactory } from 'fake-indexeddb'
import { Channels } from './channels.js'
import type { SimulatedClock } from './clock.js'
import { Cookies } from './cookies.js'
import { Locks } from './locks.js'
import { Items } from './storage-areas.js'

/** What all tabs of a simulated browser share. */
export class Browser {
  readonly localStorage = new Items()
  readonly cookies = new Cookies()
  readonly channels = new Channels()
  readonly locks = new Locks()
  readonly indexedDB = new IDBFactory()

  readonly clock: SimulatedClock
  /** The way to the server. */
  readonly fetch: typeof globalThis.fetch
  /** Whole numbers below 2^32. */
  readonly random: () => number
  /** What its tabs show. */
  readonly url: string

  constructor(own: Pick<Browser, 'clock' | 'fetch' | 'random' | 'url'>) {
    this.clock = own.clock
    this.fetch = own.fetch
    this.random = own.random
    this.url = own.url
  }
}
