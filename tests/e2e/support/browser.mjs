import assert from 'node:assert/strict'
import { after } from 'node:test'
import { Engine, gap } from './engines.mjs'
import { eventually } from './eventually.mjs'

/** Those that no test uses at the moment: a start takes seconds, and every test has an origin of its own. */
const idle = []

after(() => Promise.all(idle.map(browser => browser.stop())))

/** A browser whose profile holds nothing of the origin that is tested. */
export class Browser {
  #engine
  #turn = Promise.resolve()
  /** The window that the browser came with keeps it running from test to test. */
  #first
  #atHand
  #frozen = new Set()

  /** For the test `t` alone until that ends. */
  static async open(t) {
    const browser = idle.pop() ?? (await Browser.#start())
    t.after(() =>
      browser.#closeWindows().then(
        () => idle.push(browser),
        // A tab crashed, or hangs.
        () => browser.stop(),
      ),
    )
    return browser
  }

  static async #start() {
    const engine = await Engine.launch()
    return new Browser(engine, await engine.driver.getWindowHandle())
  }

  constructor(engine, first) {
    this.#engine = engine
    this.#first = first
    this.#atHand = first
  }

  /** Opens a window at `url`; its handle, and its process where the engine wants to know that. */
  openWindow(url) {
    // The window at hand may have been closed.
    return this.at(this.#first, async engine => {
      const process = await engine.openWindow(url)
      this.#atHand = await engine.driver.getWindowHandle()
      return { handle: this.#atHand, process }
    })
  }

  /** As `openWindow`, as a duplicate of `window`: it begins with a copy of what that keeps in its sessionStorage. */
  openFrom(window, url) {
    return gap('windows of pages') ? this.#openWithCopy(window, url) : this.#openByPage(window, url)
  }

  #openByPage(window, url) {
    return this.at(window.handle, async ({ driver }) => {
      const before = await driver.getAllWindowHandles()
      await driver.executeScript(url => void open(url), url)
      const [handle] = await eventually(async () => {
        const added = (await driver.getAllWindowHandles()).filter(handle => !before.includes(handle))
        assert.equal(added.length, 1)
        return added
      })
      return { handle }
    })
  }

  async #openWithCopy(window, url) {
    const kept = await this.at(window.handle, ({ driver }) =>
      driver.executeScript('return { ...sessionStorage }'),
    )
    const duplicate = await this.openWindow(`${new URL('/test-page/clock', url)}`)
    await this.at(duplicate.handle, async ({ driver }) => {
      await driver.executeScript('Object.assign(sessionStorage, arguments[0])', kept)
      await driver.get(url)
    })
    return duplicate
  }

  /**
   * Does `work` with the engine while the window `handle` is at hand. WebDriver has one window at hand at a time, so
   * whoever asks while another one works waits.
   */
  at(handle, work) {
    return this.#inTurn(async engine => {
      if (this.#atHand !== handle) await engine.driver.switchTo().window(handle)
      this.#atHand = handle
      return work(engine)
    })
  }

  /** Ends the process of a window. Nothing can be asked of it any more. */
  crash(window) {
    return this.#fromOutside(window, engine => engine.crash(window.process))
  }

  /** Stops a window as a browser does to save power, or the system to save memory. */
  freeze(window) {
    this.#frozen.add(window)
    return this.#fromOutside(window, engine => engine.freeze(window.process))
  }

  thaw(window) {
    this.#frozen.delete(window)
    return this.#fromOutside(window, engine => engine.thaw(window.process))
  }

  /** A process is signalled while another window is at hand: WebKitGTK's driver would wait for that of its own. */
  #fromOutside({ handle, process }, work) {
    return this.at(process === undefined ? handle : this.#first, work)
  }

  stop() {
    return this.#engine.stop()
  }

  async #closeWindows() {
    for (const window of this.#frozen) await this.thaw(window)
    return this.#inTurn(async ({ driver }) => {
      const handles = await driver.getAllWindowHandles()
      for (const handle of handles.filter(handle => handle !== this.#first)) {
        await driver.switchTo().window(handle)
        await driver.close()
      }
      await driver.switchTo().window(this.#first)
      this.#atHand = this.#first
    })
  }

  #inTurn(work) {
    const done = this.#turn.then(() => work(this.#engine))
    this.#turn = done.catch(() => {})
    return done
  }
}
