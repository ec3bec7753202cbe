import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openContext } from './browser.mjs'
import { MINUTE } from './durations.mjs'
import { eventually } from './eventually.mjs'
import { AuthServer } from './server.mjs'
import { assembleSite } from './site.mjs'
import { Tab } from './tab.mjs'
import { Traffic } from './traffic.mjs'

/**
 * A server with the demo page, and a browser context whose clock is moved by hand. All of it belongs to the test `t`
 * and ends with it.
 *
 * `session` are the options with which the page creates its session, `accessTtl` is the real lifetime of the server's
 * access tokens: its clock is its own and is not moved.
 */
export async function createWorld(t, { session = {}, accessTtl } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'session-warden-e2e-'))
  const server = new AuthServer(folder, { accessTtl })
  t.after(async () => {
    await server.kill()
    await rm(folder, { recursive: true, force: true })
  })
  await assembleSite(join(folder, 'site'), session)
  await server.start()
  return new World(t, server, await openContext(t))
}

class World {
  #t

  constructor(t, server, context) {
    this.#t = t
    this.server = server
    this.context = context
    this.traffic = new Traffic(context)
  }

  /** A tab with the demo page. */
  open() {
    return Tab.open(this.context, this.server.url)
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

  /**
   * As `signedInTabs`, with clocks that stand still: the pages believe their tokens to be fresh while the server's
   * time goes on.
   */
  async signedInTabsOfStoppedClock(count) {
    await this.context.clock.pauseAt(Date.now() + MINUTE)
    return this.signedInTabs(count)
  }

  /** The same server seen by another browser, which shares nothing with the first. */
  async inAnotherBrowser() {
    return new World(this.#t, this.server, await openContext(this.#t))
  }

  /** Moves the clocks of all tabs on at once, as if the computer had slept: what was due fires once. */
  forward(milliseconds) {
    return this.context.clock.fastForward(milliseconds)
  }

  /** Moves the clocks of all tabs on to the `instant` of the page's time, plus `more`. */
  async forwardTo(instant, more = 0) {
    const [page] = this.context.pages()
    const now = await page.evaluate(() => Date.now())
    await this.forward(instant + more - now)
  }

  /** Settles when all `tabs` have heard of the same last activity. */
  async agreesOnActivity(tabs) {
    await eventually(async () => {
      const snapshots = await Promise.all(tabs.map(tab => tab.snapshot()))
      const stamps = new Set(snapshots.map(snapshot => snapshot.lastActivityAt))
      assert.equal(stamps.size, 1)
    })
  }
}
