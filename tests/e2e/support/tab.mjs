import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { By, Origin } from 'selenium-webdriver'
import { Pointer } from 'selenium-webdriver/lib/input.js'
import { eventually } from './eventually.mjs'

/** The password of every account. */
export const PASSWORD = 'correct horse battery'

/** Between two looks at what a page is still busy with, in milliseconds. */
const INTERVAL = 5

/** A tab with the demo page. */
export class Tab {
  #browser
  #url
  #window
  #lastCall = 0
  #heard = []

  /** Opens the page of `site` as its tab `number`, and waits until it shows whether somebody is signed in. */
  static async open(browser, site, number) {
    const tab = new Tab(browser, `${site}/?tab=${number}`, number)
    tab.#window = await browser.openWindow(tab.#url)
    await tab.isReady()
    return tab
  }

  /** Opens a page with nothing but the package, and waits until that is there. */
  static async openBare(browser, site, number) {
    const tab = new Tab(browser, `${site}/test-page/bare?tab=${number}`, number)
    tab.#window = await browser.openWindow(tab.#url)
    await eventually(async () => assert.equal(await tab.#execute('return typeof createSession'), 'function'))
    return tab
  }

  /** The tab `number`, which begins with a copy of what this one keeps for itself. */
  async duplicate(number) {
    const tab = new Tab(this.#browser, `${new URL(`/?tab=${number}`, this.#url)}`, number)
    tab.#window = await this.#browser.openFrom(this.#window, tab.#url)
    await eventually(async () => {
      const shown = await tab.#execute('return [location.href, document.readyState]')
      assert.deepEqual(shown, [tab.#url, 'complete'])
    })
    await tab.isReady()
    return tab
  }

  constructor(browser, url, number) {
    this.#browser = browser
    this.#url = url
    /** Its place among the tabs of its world. */
    this.number = number
    /** Whether its page runs: it was not closed, left or frozen, and did not crash. */
    this.isLive = true
  }

  /** Runs a function of the page and returns what that returns, or settles to. */
  async evaluate(body, ...given) {
    const call = `call-${++this.#lastCall}`
    let outcome = await this.#execute(begin(body), call, given)
    while (outcome === null) {
      await pause(INTERVAL)
      outcome = await this.#execute(COLLECT, call)
    }
    if (outcome.error !== undefined) throw new Error(outcome.error)
    return outcome.value
  }

  /** Clicks on the part with this `data-testid`, once it can be clicked on. */
  async click(name) {
    await eventually(async () => assert.equal(await this.#ask(name, part => !part.disabled), true))
    await this.#do(driver => driver.findElement(By.css(`[data-testid="${name}"]`)).click())
  }

  /** Clicks on the label or the button that says `words`. */
  clickOn(words) {
    return this.#do(driver =>
      driver.findElement(By.xpath(`//label[.="${words}"] | //button[.="${words}"]`)).click(),
    )
  }

  /** Types into whatever has the focus. */
  type(...keys) {
    return this.#do(driver =>
      driver
        .actions()
        .sendKeys(...keys)
        .perform(),
    )
  }

  text(name) {
    return this.#ask(name, part => part?.textContent ?? null)
  }

  isVisible(name) {
    return this.#ask(name, part => part.checkVisibility())
  }

  async reload() {
    await this.#keepWords()
    await this.#do(driver => driver.navigate().refresh())
    await this.isReady()
  }

  /** Goes to another page. */
  async leave() {
    await this.#keepWords()
    this.isLive = false
    await this.#do(driver => driver.get(`${new URL('/icon.svg', this.#url)}`))
  }

  /** Goes back to the page that was left, and waits until the browser has brought it from its back-forward cache. */
  async back() {
    await this.#do(driver => driver.executeScript(() => history.back()))
    this.isLive = true
    await eventually(async () => assert.equal(await this.#execute('return window.testPage?.restorations'), 1))
  }

  async close() {
    this.isLive = false
    await this.#do(driver => driver.close())
  }

  /** Ends the page's process, as a crash would. Nothing can be asked of the tab any more. */
  async crash() {
    this.isLive = false
    await this.#browser.crash(this.#window)
  }

  /** Stops the page as a browser does to save power, or the system to save memory. */
  async freeze() {
    this.isLive = false
    await this.#browser.freeze(this.#window)
  }

  async thaw() {
    await this.#browser.thaw(this.#window)
    this.isLive = true
  }

  /** Takes the page out of view, as a user does who minimises the window. Its timers get slow. */
  async hide() {
    await this.#do(driver => driver.manage().window().minimize())
    await eventually(async () => assert.equal(await this.#execute('return document.hidden'), true))
  }

  async show() {
    await this.#do(driver => driver.manage().window().setRect({ width: 1280, height: 1024 }))
    await eventually(async () => assert.equal(await this.#execute('return document.hidden'), false))
  }

  /** Takes the page off the network, or puts it back. */
  setOffline(offline) {
    return this.#browser.at(this.#window.handle, engine => engine.setOffline(offline))
  }

  isReady() {
    return eventually(async () => {
      const status = await this.#ask('status', part => part?.dataset.status)
      assert.match(status, /^(un)?authenticated$/, `the page shows ${status}: ${await this.text('failure')}`)
    })
  }

  /** Fills in the form and presses the button `how`: `log-in` or `register`. */
  async signIn(how, email, password = PASSWORD) {
    await this.#fill('email', email)
    await this.#fill('password', password)
    await this.click(how)
  }

  /** As `signIn`, and waits until the page shows that somebody is signed in. */
  async signedIn(how, email) {
    await this.signIn(how, email)
    await this.shows('authenticated')
  }

  /** Waits until the page shows `status`. */
  shows(status, within) {
    return eventually(async () => {
      assert.equal(await this.#ask('status', part => part?.dataset.status), status)
    }, within)
  }

  /** Waits until the page shows the sign-in form and why the session ended. */
  async showsEnd(reason, within) {
    await this.shows('unauthenticated', within)
    assert.equal(await this.#ask('end-reason', part => part.dataset.reason), reason)
    assert.equal(await this.isVisible('form'), true)
  }

  /** Waits until the session has led to the page at `path`, and that runs. */
  arrivesAt(path) {
    return eventually(async () => {
      const shown = await this.#execute('return [location.pathname, document.readyState]')
      assert.deepEqual(shown, [path, 'complete'])
    })
  }

  /** Waits until the page has told of the token's generation. */
  showsGeneration(generation, within) {
    return eventually(async () => assert.equal(await this.text('generation'), String(generation)), within)
  }

  snapshot() {
    return this.evaluate(() => globalThis.demoSession.getSnapshot())
  }

  /** The names of the session's events since the page was loaded, the oldest first. */
  events() {
    return this.#ask('events', part => [...part.children].map(item => item.dataset.event).reverse())
  }

  /** Calls the protected route through the session; the status of the answer. */
  callProtected(path = '/my-bookings') {
    return this.evaluate(async path => (await globalThis.demoSession.fetch(path)).status, path)
  }

  /** Calls a method of the session; what that returns, or settles to. */
  session(method, ...given) {
    return this.evaluate((method, given) => globalThis.demoSession[method](...given), method, given)
  }

  /** The token at hand. */
  accessToken() {
    return this.evaluate(() => globalThis.demoSession.peekAccessToken())
  }

  /** All that this browser keeps for the page, as text. */
  stored() {
    return this.evaluate(async () => {
      const whenDone = request =>
        new Promise((resolve, reject) => {
          request.onsuccess = () => resolve(request.result)
          request.onerror = () => reject(request.error)
        })
      const kept = [{ ...localStorage }, { ...sessionStorage }]
      for (const { name } of await indexedDB.databases()) {
        const database = await whenDone(indexedDB.open(name))
        for (const store of database.objectStoreNames) {
          kept.push(await whenDone(database.transaction(store).objectStore(store).getAll()))
        }
        database.close()
      }
      return JSON.stringify(kept)
    })
  }

  /** What the page shows, as HTML. */
  content() {
    return this.evaluate(() => document.documentElement.outerHTML)
  }

  /** What the page has had to say: in the console, by errors that nobody caught, by violations of its policy. */
  async heard() {
    await this.#keepWords()
    return this.#heard
  }

  /** The user does something: moves the mouse, or uses `keyboard`, `wheel` or `touch`. */
  async act(kind = 'mouse') {
    await this.#do(driver => ACTS[kind](driver.actions()).perform())
  }

  /** Forgets the cookies that the page can read or not, as a browser that is closed does with those of its session. */
  dropCookies() {
    return this.#do(driver => driver.manage().deleteAllCookies())
  }

  async #fill(name, text) {
    await this.#do(async driver => {
      const field = await driver.findElement(By.css(`[data-testid="${name}"]`))
      await field.clear()
      await field.sendKeys(text)
    })
  }

  /** Asks the part of the page with this `data-testid`. */
  #ask(name, question) {
    return this.#execute(
      `return (${question})(document.querySelector(arguments[0]))`,
      `[data-testid="${name}"]`,
    )
  }

  async #keepWords() {
    this.#heard.push(...(await this.evaluate(() => testPage.heard.splice(0))))
  }

  #execute(script, ...given) {
    return this.#do(driver => driver.executeScript(script, ...given))
  }

  #do(work) {
    return this.#browser.at(this.#window.handle, ({ driver }) => work(driver))
  }
}

const ACTS = {
  mouse: actions => actions.move({ ...somewhere(), duration: 0, origin: Origin.VIEWPORT }),
  keyboard: actions => actions.sendKeys('a'),
  wheel: actions => actions.scroll(10, 10, 0, 50, Origin.VIEWPORT),
  touch(actions) {
    const finger = new Pointer('finger', Pointer.Type.TOUCH)
    const to = { ...somewhere(), duration: 0, origin: Origin.VIEWPORT }
    return actions.insert(finger, finger.move(to), finger.press(), finger.release())
  },
}

function somewhere() {
  const step = () => 50 + Math.floor(Math.random() * 400)
  return { x: step(), y: step() }
}

/**
 * The script that calls `body`. It answers at once, since WebDriver does one thing after the other: a call that takes
 * time would keep all tabs waiting, and two calls could never go on at the same time.
 */
function begin(body) {
  return `
    const [call, given] = arguments
    const outcomes = (window.outcomes ??= {})
    const result = (${body})(...given)
    if (typeof result?.then !== 'function') return { value: result }
    outcomes[call] = null
    result.then(value => { outcomes[call] = { value } }, error => { outcomes[call] = { error: String(error) } })
    return null`
}

/** The script that asks what came of a call. */
const COLLECT = `
  const outcome = window.outcomes?.[arguments[0]]
  if (outcome) delete window.outcomes[arguments[0]]
  return outcome === undefined ? { error: 'the page was left in the middle of a call' } : outcome`
