// The three engines. selenium-webdriver speaks to all of them in one protocol, so a test is written once; Playwright
// and Puppeteer know no WebKitGTK. Here is what the protocol has no words for: what becomes of a tab's process.
//
// A tab is a window of its own: WebKitGTK neither draws nor clicks in a tab that is not in front.
import { readdir, readFile } from 'node:fs/promises'
import { Browser, Builder, Capabilities } from 'selenium-webdriver'
import chrome from 'selenium-webdriver/chrome.js'
import firefox from 'selenium-webdriver/firefox.js'
import { DriverService } from 'selenium-webdriver/remote/index.js'
import { BROWSER, DRIVER, ENGINE } from './environment.mjs'

/** A running browser. What has an `id` for an argument is told what `openWindow` returned. */
class RunningBrowser {
  constructor(driver) {
    this.driver = driver
  }

  async openWindow(url) {
    await this.driver.switchTo().newWindow('window')
    await this.driver.get(url)
  }

  async stop() {
    await this.driver.quit()
  }
}

class Chromium extends RunningBrowser {
  static gaps = {}

  /** Starts a browser with a profile of its own. */
  static async launch() {
    const options = new chrome.Options()
      .setChromeBinaryPath(BROWSER)
      .addArguments('--headless', '--window-size=1280,1024', '--disable-gpu', '--disable-dev-shm-usage')
      .addArguments('--disable-background-networking', '--disable-component-update', '--no-first-run')
      // Containers run as root, where Chromium refuses its sandbox.
      .addArguments('--no-sandbox')
      .setAcceptInsecureCerts(true)
      // A window out of view is slowed down as for a user.
      .excludeSwitches('disable-back-forward-cache', 'disable-background-timer-throttling')
    const driver = await new Builder()
      .forBrowser(Browser.CHROME)
      .setChromeOptions(options)
      .setChromeService(new chrome.ServiceBuilder(DRIVER))
      .build()
    return new Chromium(driver)
  }

  async crash() {
    // That the tab is gone is the command's answer.
    await this.driver.sendDevToolsCommand('Page.crash').catch(() => {})
  }

  async setOffline(offline) {
    await this.driver.sendDevToolsCommand('Network.enable')
    const conditions = { offline, latency: 0, downloadThroughput: -1, uploadThroughput: -1 }
    await this.driver.sendDevToolsCommand('Network.emulateNetworkConditions', conditions)
  }

  freeze() {
    return this.driver.sendDevToolsCommand('Page.setWebLifecycleState', { state: 'frozen' })
  }

  thaw() {
    return this.driver.sendDevToolsCommand('Page.setWebLifecycleState', { state: 'active' })
  }
}

/** An engine that leaves its tabs' processes to the system's signals. */
class Signalled extends RunningBrowser {
  freeze(id) {
    process.kill(id, 'SIGSTOP')
  }

  thaw(id) {
    process.kill(id, 'SIGCONT')
  }
}

class Firefox extends Signalled {
  static gaps = {}

  static async launch() {
    const options = new firefox.Options()
      .setBinary(BROWSER)
      .addArguments('-headless')
      // Else the tabs of one site share four processes.
      .setPreference('dom.ipc.processCount.webIsolated', 100)
      .setAcceptInsecureCerts(true)
    const driver = await new Builder()
      .forBrowser(Browser.FIREFOX)
      .setFirefoxOptions(options)
      .setFirefoxService(new firefox.ServiceBuilder(DRIVER).addArguments('--allow-system-access'))
      .build()
    const engine = new Firefox(driver)
    // geckodriver sets it, and the browser would end with the first tab that crashes.
    await engine.#privileged(() => Services.env.set('MOZ_CRASHREPORTER_SHUTDOWN', ''))
    return engine
  }

  async openWindow(url) {
    await super.openWindow(url)
    return this.#privileged(() => gBrowser.selectedBrowser.browsingContext.currentWindowGlobal.osPid)
  }

  crash(id) {
    process.kill(id, 'SIGKILL')
  }

  setOffline(offline) {
    return this.#privileged(offline => {
      Services.prefs.setBoolPref('network.disable-localhost-when-offline', true)
      Services.io.offline = offline
    }, offline)
  }

  async #privileged(script, ...given) {
    await this.driver.setContext(firefox.Context.CHROME)
    try {
      return await this.driver.executeScript(script, ...given)
    } finally {
      await this.driver.setContext(firefox.Context.CONTENT)
    }
  }
}

class WebKitGtk extends Signalled {
  static gaps = {
    crash: 'WebKitWebDriver ends its session, for all tabs, when the process of one of them ends',
    offline: 'WebKitWebDriver cannot take a page off the network',
    'windows of pages': 'WebKitWebDriver knows nothing of a window that a page opens',
  }

  #service

  static async launch() {
    const service = new DriverService.Builder(DRIVER).setLoopback(true).build()
    const capabilities = new Capabilities({ browserName: 'MiniBrowser', acceptInsecureCerts: true })
    const driver = await new Builder()
      .usingServer(await service.start())
      .withCapabilities(capabilities)
      .build()
    return new WebKitGtk(service, driver)
  }

  constructor(service, driver) {
    super(driver)
    this.#service = service
  }

  /** The driver does not tell which process it is, but each window brings one. */
  async openWindow(url) {
    const before = await webProcesses()
    await super.openWindow(url)
    const added = (await webProcesses()).filter(id => !before.includes(id))
    if (added.length !== 1) throw new Error(`the window brought ${added.length} processes, not one`)
    return added[0]
  }

  async stop() {
    await super.stop()
    await this.#service.kill()
  }
}

/** The web processes of all browsers that these tests have started. */
async function webProcesses() {
  const parents = new Map()
  const web = []
  for (const id of (await readdir('/proc')).filter(name => /^\d+$/.test(name)).map(Number)) {
    const stat = await readFile(`/proc/${id}/stat`, 'utf8').catch(() => '')
    const [, name, parent] = stat.match(/\((.*)\) \S (\d+)/s) ?? []
    parents.set(id, Number(parent))
    if (name === 'WebKitWebProces') web.push(id)
  }
  const isOurs = id => id === process.pid || (parents.has(id) && isOurs(parents.get(id)))
  return web.filter(isOurs)
}

/** The engine that the tests run in. */
export const Engine = { chromium: Chromium, firefox: Firefox, webkitgtk: WebKitGtk }[ENGINE]

/** For a test's `skip`: why what the test needs cannot be done in this engine, or false where it can. */
export function gap(need) {
  return Engine.gaps[need] ?? false
}
