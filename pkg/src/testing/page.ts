import type { Browser } from './browser.js'
import type { Timers } from './clock.js'
import { Events } from './events.js'
import type { Items } from './storage-areas.js'
import { track } from './tasks.js'

/** The globals of a page: its `window`. */
export interface PageGlobals {
  readonly [name: string]: unknown
}

/** One page of a simulated browser, from its load until it is left. */
export class Page {
  /** Where it is. */
  url: string
  readonly globals: PageGlobals
  readonly #browser: Browser
  readonly #sessionStorage: Items
  readonly #window = new Events()
  readonly #document = new Events()
  readonly #timers
  readonly #channels
  #isHidden = false

  constructor(browser: Browser, sessionStorage: Items) {
    this.#browser = browser
    this.#sessionStorage = sessionStorage
    this.#timers = browser.clock.timers()
    this.#channels = browser.channels.forTab()
    this.url = browser.url
    this.globals = this.#createGlobals()
  }

  /** Something that a user does. */
  act(event: string): void {
    this.#window.tell(event)
  }

  /** The user looks at it, or at something else. */
  show(isShown: boolean): void {
    if (this.#isHidden !== isShown) return
    this.#isHidden = !isShown
    this.#document.tell('visibilitychange')
  }

  connect(isOnline: boolean): void {
    this.#window.tell(isOnline ? 'online' : 'offline')
  }

  /** Ends all that a page has. */
  leave(): void {
    this.#window.tell('pagehide', { persisted: false })
    this.#timers.clear()
    this.#channels.closeAll()
    this.#browser.locks.leave(this)
    this.#browser.localStorage.leave(this)
    this.#sessionStorage.leave(this)
  }

  #createGlobals(): PageGlobals {
    const { clock, fetch, cookies, locks, localStorage, indexedDB, random, url } = this.#browser
    const { addEventListener, removeEventListener } = this.#window
    const { setTimeout, clearTimeout } = this.#timers
    const isHidden = () => this.#isHidden
    const goTo = (to: string) => {
      this.url = new URL(to, url).href
    }
    const openedAt = clock.now()
    const storageChanged = (key: string, newValue: string | null) =>
      this.#window.tell('storage', { key, newValue })
    const { origin, protocol, port, pathname } = new URL(url)
    const globals: Record<string, unknown> = {
      addEventListener,
      removeEventListener,
      document: {
        addEventListener: this.#document.addEventListener,
        removeEventListener: this.#document.removeEventListener,
        baseURI: url,
        get hidden() {
          return isHidden()
        },
        get cookie() {
          return cookies.read()
        },
        set cookie(text) {
          cookies.write(text)
        },
      },
      location: { origin, protocol, port, pathname, assign: goTo },
      navigator: { locks: locks.forTab(this) },
      BroadcastChannel: this.#channels.BroadcastChannel,
      localStorage: localStorage.areaFor(this, storageChanged),
      sessionStorage: this.#sessionStorage.areaFor(this, () => {}),
      indexedDB,
      fetch,
      setTimeout,
      clearTimeout,
      Date: dateOf(() => clock.now()),
      performance: { now: () => clock.now() - openedAt },
      crypto: cryptoOf(random),
      AbortSignal: abortSignalOf(setTimeout),
      // It has no frames.
      length: 0,
    }
    return Object.assign(globals, { globalThis: globals, window: globals })
  }
}

/** Fake timers may put another in its place later on. */
const RealDate = Date

function dateOf(now: () => number): typeof Date {
  return class extends RealDate {
    static override now(): number {
      return now()
    }
  } as typeof Date
}

function cryptoOf(random: () => number): object {
  const { subtle } = crypto
  return {
    getRandomValues(array: Uint8Array | Uint32Array) {
      array.set(Array.from(array, random))
      return array
    },
    // WebCrypto works in threads of its own, for as long as it takes.
    subtle: {
      generateKey: (...args: Parameters<SubtleCrypto['generateKey']>) => track(subtle.generateKey(...args)),
      encrypt: (...args: Parameters<SubtleCrypto['encrypt']>) => track(subtle.encrypt(...args)),
      decrypt: (...args: Parameters<SubtleCrypto['decrypt']>) => track(subtle.decrypt(...args)),
    },
  }
}

function abortSignalOf(setTimeout: Timers['setTimeout']): typeof AbortSignal {
  return class extends AbortSignal {
    static override timeout(ms: number): AbortSignal {
      const controller = new AbortController()
      setTimeout(() => controller.abort(new DOMException('the time is up', 'TimeoutError')), ms)
      return controller.signal
    }
  }
}
