/// <reference lib="esnext.disposable" preserve="true" />
import type { Claims, User } from '../claims.js'
import * as main from '../index.js'
import type { SessionOptions } from '../options.js'
import type { Session } from '../session.js'
import { SESSION_CLOCK } from '../session-clock.js'
import type { TestAccount } from './auth-server.js'
import { Browser } from './browser.js'
import { SimulatedClock, type TestClock } from './clock.js'
import { Page } from './page.js'
import { randomFrom } from './random.js'
import { evaluate } from './realm.js'
import { SimulatedServer, type TestServer } from './server.js'
import { Items } from './storage-areas.js'

/** What a test says of the world that its session lives in. */
export interface TestSetup<U = User> {
  /** What the clock shows at first, in milliseconds since the epoch or as a date. Default: 2025-01-01, 12:00 UTC. */
  now?: number | Date
  /** Whether somebody is signed in already, and who: what is said of the account goes for later logins as well. Default: false. */
  signedIn?: boolean | TestAccount<U>
  /** Where the page is. Default: where the test environment says that it is, else `http://localhost/`. */
  url?: string
  /** What the random numbers are made from: with the same seed everything happens the same way. Default: 1. */
  seed?: number
  /**
   * Wraps each step of the clock: `act` of React, or of React Testing Library, so that components are up to date before
   * time goes on.
   */
  act?: (step: () => Promise<void>) => PromiseLike<unknown>
  /**
   * Called with the milliseconds by which the clock goes on: `vi.advanceTimersByTime` or `jest.advanceTimersByTime`, where
   * the application's own timers are faked and are to keep up.
   */
  advanceTimers?: (ms: number) => unknown
}

/** A tab of a simulated browser. */
export interface TestTab<U = User, C = Claims> {
  /** Its session; another one after `reload`. */
  readonly session: Session<U, C>
  /** Where it is: at `loginUrl`, where the options have one, after the session has ended. */
  readonly url: string
  /** The user does something in it: an event of this type, which `activityEvents` has to hold. Default: `keydown`. */
  activity(event?: string): void
  /** The user looks at something else. */
  hide(): void
  /** The user looks at it again. */
  show(): void
  /** Loads the page anew, with what the browser has stored. Resolves with its new session. */
  reload(): Promise<Session<U, C>>
  /** Closes it. What it had sent is cut off; its session is disposed of. */
  close(): void
}

/** A session in a simulated browser, with the clock and the server that go with it. */
export interface TestSession<U = User, C = Claims> {
  /** The session of the first tab: a real one, which has all that `createSession` returns. */
  readonly session: Session<U, C>
  /** What time it is, and when time passes. */
  readonly clock: TestClock
  /** What answers its requests. */
  readonly server: TestServer<U>
  /** The first tab. */
  readonly tab: TestTab<U, C>
  /** Opens another tab, with a session of the same options, which has read by then what is stored. */
  openTab(): Promise<TestTab<U, C>>
  /** Whether the browser is without a network. */
  setOffline(isOffline: boolean): void
  /** Closes all tabs. Nothing is left behind. */
  dispose(): void
  /** The same, for `using`. Absent where there is no `Symbol.dispose`. */
  [Symbol.dispose](): void
}

/** Another day than today shows at once what goes by the real clock. */
const NOON = Date.UTC(2025, 0, 1, 12)

/**
 * A session for tests: the one that `createSession` makes of the same `options`, in a browser that is simulated, with a
 * clock that stands still until the test lets time pass, and a server that the test tells what to answer. No global is
 * touched, so that tests of the same process do not meet, and an application's own timers go on.
 *
 * Of the options `fetch` and `wasm` do not count here. Rejects with `ConfigError` where `createSession` would throw it, and
 * for what `setup` cannot be told.
 */
export async function createTestSession<U = User, C = Claims>(
  options: SessionOptions<U, C> = {},
  setup: TestSetup<U> = {},
): Promise<TestSession<U, C>> {
  checkSetup(setup)
  const { now = NOON, signedIn = false, url = ownUrl(), seed = 1, act, advanceTimers } = setup
  const module = await compiled()
  const clock = new SimulatedClock(Number(now), { act, advanceTimers })
  const account = typeof signedIn === 'object' ? signedIn : {}
  const { fetch: _fetch, wasm: _wasm, ...used } = options
  const server = new SimulatedServer<U>(clock, used as SessionOptions<never, never>, url, account)
  const browser = new Browser({ clock, fetch: server.fetch, random: randomFrom(seed), url })
  const tabs = new Set<SimulatedTab<U, C>>()

  async function openTab(): Promise<SimulatedTab<U, C>> {
    const tab = new SimulatedTab<U, C>(browser, used, module, () => tabs.delete(tab))
    tabs.add(tab)
    await clock.settle()
    return tab
  }

  function dispose() {
    for (const tab of [...tabs]) tab.close()
  }

  const tab = await openTab()
  if (signedIn !== false) {
    await signIn(tab.session, server, used.exchange)
    await clock.settle()
    server.requests.length = 0
  }
  const world = {
    get session() {
      return tab.session
    },
    clock,
    server,
    tab,
    openTab,
    setOffline(isOffline: boolean) {
      if (server.isOnline !== isOffline) return
      server.isOnline = !isOffline
      for (const tab of tabs) tab.connect(!isOffline)
    },
    dispose,
  }
  return disposable(world) as TestSession<U, C>
}

const SETUP: Record<keyof TestSetup, true> = {
  now: true,
  signedIn: true,
  url: true,
  seed: true,
  act: true,
  advanceTimers: true,
}

/** A wrong word would go unnoticed, and the test with it. */
function checkSetup(setup: Pick<TestSetup, 'now'>): void {
  for (const key of Object.keys(setup)) {
    if (!Object.hasOwn(SETUP, key)) throw new main.ConfigError(key, `a test session has no option "${key}"`)
  }
  const { now = NOON } = setup
  if (!Number.isFinite(Number(now)))
    throw new main.ConfigError('now', '"now" is neither an instant nor a date')
}

async function signIn<U, C>(
  session: Session<U, C>,
  server: SimulatedServer<U>,
  exchange: SessionOptions['exchange'],
): Promise<void> {
  const style = typeof exchange === 'object' ? exchange.style : exchange
  if (style === 'cookie') await session.login({})
  else {
    const { user, ...tokens } = server.grant()
    await session.setTokens(tokens, { as: 'login', user })
  }
}

class SimulatedTab<U, C> implements TestTab<U, C> {
  readonly #browser: Browser
  readonly #options: SessionOptions<U, C>
  readonly #module: WebAssembly.Module
  readonly #onClose: () => void
  readonly #sessionStorage = new Items()
  #page: Page
  #session: Session<U, C>
  #isClosed = false

  constructor(
    browser: Browser,
    options: SessionOptions<U, C>,
    module: WebAssembly.Module,
    onClose: () => void,
  ) {
    this.#browser = browser
    this.#options = options
    this.#module = module
    this.#onClose = onClose
    this.#page = new Page(browser, this.#sessionStorage)
    this.#session = this.#createSession()
  }

  get session() {
    return this.#session
  }

  get url() {
    return this.#page.url
  }

  activity(event = 'keydown'): void {
    this.#page.act(event)
  }

  hide(): void {
    this.#page.show(false)
  }

  show(): void {
    this.#page.show(true)
  }

  connect(isOnline: boolean): void {
    this.#page.connect(isOnline)
  }

  async reload(): Promise<Session<U, C>> {
    // Its session would outlive `dispose`, which does not know of it any more.
    if (this.#isClosed) throw new Error('the tab is closed')
    this.#leave()
    this.#page = new Page(this.#browser, this.#sessionStorage)
    this.#session = this.#createSession()
    await this.#browser.clock.settle()
    return this.#session
  }

  close(): void {
    this.#isClosed = true
    this.#leave()
    this.#onClose()
  }

  #leave(): void {
    this.#page.leave()
    this.#session.dispose()
  }

  #createSession(): Session<U, C> {
    const { createSession } = evaluate(this.#page.globals, main, this.#module)
    const session = createSession(this.#options)
    const { clock } = this.#browser
    const { setTimeout, clearTimeout } = clock.timers()
    return Object.assign(session, { [SESSION_CLOCK]: { now: () => clock.now(), setTimeout, clearTimeout } })
  }
}

let compiling: Promise<WebAssembly.Module> | undefined

/** Compiled once: each tab has an instance of its own. */
function compiled(): Promise<WebAssembly.Module> {
  compiling ??= import('../wasm-inline.js').then(({ wasmBytes }) => WebAssembly.compile(decoded(wasmBytes)))
  return compiling
}

/** The decoder is in a file of its own, and looks for what Jest's environment for jsdom withholds. */
function decoded(wasmBytes: () => Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const globals = globalThis as { TextEncoder?: typeof TextEncoder }
  if (globals.TextEncoder !== undefined) return wasmBytes()
  globals.TextEncoder = TextEncoder
  try {
    return wasmBytes()
  } finally {
    delete globals.TextEncoder
  }
}

function ownUrl(): string {
  const { href = '' } = (globalThis.location as Location | undefined) ?? {}
  return /^https?:/.test(href) ? href : 'http://localhost/'
}

function disposable(world: { dispose: () => void }): object {
  const { dispose } = Symbol as { dispose?: symbol }
  if (dispose !== undefined) Object.defineProperty(world, dispose, { value: world.dispose })
  return world
}
