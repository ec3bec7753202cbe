import assert from 'node:assert/strict'
import { eventually } from './eventually.mjs'

/** The password of every account. */
export const PASSWORD = 'correct horse battery'

/** A tab with the demo page. */
export class Tab {
  /** Opens the page, and waits until it shows whether somebody is signed in. */
  static async open(context, url) {
    const tab = new Tab(await context.newPage())
    await tab.page.goto(url)
    await tab.isReady()
    return tab
  }

  constructor(page) {
    /** Playwright's page. */
    this.page = page
  }

  /** The part of the page with this `data-testid`. */
  part(name) {
    return this.page.getByTestId(name)
  }

  async click(name) {
    // A tab in the background draws once a second, and the click waits for it to stand still.
    await this.page.bringToFront()
    await this.part(name).click()
  }

  text(name) {
    return this.part(name).textContent()
  }

  async reload() {
    await this.page.reload()
    await this.isReady()
  }

  isReady() {
    return eventually(async () => {
      const status = await this.part('status').getAttribute('data-status')
      const failure = await this.text('failure')
      assert.match(status, /^(un)?authenticated$/, `the page shows ${status}: ${failure}`)
    })
  }

  /** Fills in the form and presses the button `how`: `log-in` or `register`. */
  async signIn(how, email, password = PASSWORD) {
    await this.part('email').fill(email)
    await this.part('password').fill(password)
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
      assert.equal(await this.part('status').getAttribute('data-status'), status)
    }, within)
  }

  /** Waits until the page shows the sign-in form and why the session ended. */
  async showsEnd(reason, within) {
    await this.shows('unauthenticated', within)
    assert.equal(await this.part('end-reason').getAttribute('data-reason'), reason)
    assert.equal(await this.part('form').isVisible(), true)
  }

  /** Waits until the page has told of the token's generation. */
  showsGeneration(generation, within) {
    return eventually(async () => assert.equal(await this.text('generation'), String(generation)), within)
  }

  snapshot() {
    return this.page.evaluate(() => globalThis.demoSession.getSnapshot())
  }

  /** The names of the session's events since the page was loaded, the oldest first. */
  async events() {
    const items = this.part('events').locator('li')
    const names = await items.evaluateAll(items => items.map(item => item.dataset.event))
    return names.reverse()
  }

  /** Calls the protected route through the session; the status of the answer. */
  callProtected() {
    return this.page.evaluate(async () => (await globalThis.demoSession.fetch('/my-bookings')).status)
  }

  /** The token at hand. */
  accessToken() {
    return this.page.evaluate(() => globalThis.demoSession.peekAccessToken())
  }

  /** All that this browser keeps for the page, as text. */
  stored() {
    return this.page.evaluate(async () => {
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

  /** The user moves the mouse. */
  async act() {
    const step = () => 50 + Math.floor(Math.random() * 400)
    await this.page.mouse.move(step(), step())
  }
}
