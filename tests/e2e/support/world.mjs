import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Browser } from './browser.mjs'
import { nextPackage } from './environment.mjs'
import { eventually } from './eventually.mjs'
import { Gate } from './gate.mjs'
import { AuthServer } from './server.mjs'
import { assembleSite, NEXT, REACT } from './site.mjs'
import { Tab } from './tab.mjs'

/**
 * A server with the demo page, and a browser whose pages have clocks that are moved by hand. All of it belongs to the
 * test `t` and ends with it.
 *
 * `session` are the options with which the page creates its session, `accessTtl` is the real lifetime of the server's
 * access tokens: its clock is its own and is not moved. `troubles`: what the browser lacks, or does wrong, as
 * `test-page.js` names it.
 */
export function createWorld(t, { session = {}, ...options } = {}) {
  const mounts = { '/session-warden-next': nextPackage() }
  return createWorldOf(t, folder => assembleSite(folder, session), { mounts, ...options })
}

/** The same with the pages that `assemble` puts into a folder, and a server of these `options`. */
export async function createWorldOf(t, assemble, { troubles = [], ...options } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'session-warden-e2e-'))
  const server = new AuthServer(folder, options)
  t.after(async () => {
    await server.kill()
    await rm(folder, { recursive: true, force: true })
  })
  await assemble(join(folder, 'site'))
  await server.start()
  return World.create(t, server, troubles)
}

/** What one browser sees of a server. */
export class World {
  #t
  #browser
  #clock
  #tabs = []

  static async create(t, server, troubles = []) {
    const clock = { offset: 0, stoppedAt: null }
    return new World(t, server, clock, await Gate.open(t, server, clock, troubles), await Browser.open(t))
  }

  constructor(t, server, clock, traffic, browser) {
    this.#t = t
    this.#clock = clock
    this.#browser = browser
    this.server = server
    /** What the pages ask, and are answered. */
    this.traffic = traffic
  }

  /** A tab with the demo page. */
  open() {
    return this.#open(this.traffic.url)
  }

  /** A tab with the demo page that loads the package's next version. */
  openNext() {
    return this.#open(this.traffic.url + NEXT)
  }

  /** A tab with the demo page in React. */
  openReact() {
    return this.#open(this.traffic.url + REACT)
  }

  #open(site) {
    return this.#add(Tab.open(this.#browser, site, this.#tabs.length + 1))
  }

  /** A tab of the same origin whose page has `createSession`, and has not called it. */
  openBare() {
    return this.#add(Tab.openBare(this.#browser, this.traffic.url, this.#tabs.length + 1))
  }

  async #add(opening) {
    const tab = await opening
    this.#tabs.push(tab)
    return tab
  }

  /** A duplicate of `tab`. */
  duplicate(tab) {
    return this.#add(tab.duplicate(this.#tabs.length + 1))
  }

  /** So many tabs, one after the other. The first one registers an account and is signed in; the others find that. */
  async signedInTabs(count) {
    const first = await this.open()
    await first.signedIn('register', 'ada@example.com')
    const tabs = [first]
    while (tabs.length < count) {
      const tab = await this.open()
      await tab.shows('authenticated')
      tabs.push(tab)
    }
    return tabs
  }

  /** As `signedInTabs`, with clocks that stand still. */
  signedInTabsOfStoppedClock(count) {
    this.stopClock()
    return this.signedInTabs(count)
  }

  /** Before the first tab: the pages believe their tokens to be fresh while the server's time goes on. */
  stopClock() {
    this.#clock.stoppedAt = Date.now()
  }

  /** The same server seen by another browser, which shares nothing with the first. */
  inAnotherBrowser() {
    return World.create(this.#t, this.server)
  }

  /** Moves the clocks of all tabs on at once, as if the computer had slept: what was due fires once. */
  async forward(milliseconds) {
    const clock = this.#clock
    clock.offset += milliseconds
    const tabs = this.#tabs.filter(tab => tab.isLive)
    if (tabs.length === 0) return
    await tabs[0].evaluate(clock => testPage.move(clock), clock)
    await eventually(async () => {
      const offsets = await Promise.all(tabs.map(tab => tab.evaluate(() => testPage.clock.offset)))
      assert.deepEqual(
        offsets,
        tabs.map(() => clock.offset),
      )
    })
  }

  /** Moves the clocks of all tabs on to the `instant` of the page's time, plus `more`. */
  forwardTo(instant, more = 0) {
    return this.forward(instant + more - Date.now() - this.#clock.offset)
  }

  /** Settles when all `tabs` have heard of the same last activity. */
  async agreesOnActivity(tabs, within) {
    await eventually(async () => {
      const snapshots = await Promise.all(tabs.map(tab => tab.snapshot()))
      const stamps = new Set(snapshots.map(snapshot => snapshot.lastActivityAt))
      assert.equal(stamps.size, 1)
    }, within)
  }
}
