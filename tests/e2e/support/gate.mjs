import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import { createServer as createSecureServer, request as requestSecurely } from 'node:https'
import { generate } from 'selfsigned'
import { HEAD } from './site.mjs'

const PAGE_SCRIPT = await readFile(new URL('test-page.js', import.meta.url), 'utf8')

/** The package and nothing else: what is made of it is the test's business. */
const BARE_PAGE = `<!doctype html>
<html lang="en">
  ${HEAD}<title>bare</title></head>
  <script type="module">
    import { createSession } from '/session-warden/esm/index.js'
    Object.assign(globalThis, { createSession })
  </script>
</html>`

/**
 * What stands between the pages of one browser and the auth server: it notes what the pages ask and what they are
 * answered, and can hold a request or an answer. It does so in the same way whichever browser asks. In front of a
 * server with HTTPS it speaks that too.
 */
export class Gate {
  #server
  #clock
  #troubles
  #front
  #requests = []
  #holds = []

  /** In front of `server`; the pages start with `clock` and in these `troubles`. Closed when the test `t` ends. */
  static async open(t, server, clock, troubles) {
    const gate = new Gate(server, clock, troubles)
    await gate.#build()
    await once(gate.#front.listen(0, '127.0.0.1'), 'listening')
    t.after(() => {
      gate.#front.close()
      gate.#front.closeAllConnections()
    })
    return gate
  }

  constructor(server, clock, troubles) {
    this.#server = server
    this.#clock = clock
    this.#troubles = troubles
  }

  get url() {
    return `${this.#isSecure ? 'https' : 'http'}://127.0.0.1:${this.#front.address().port}`
  }

  /** How many requests there were so far. */
  get count() {
    return this.#requests.length
  }

  /** The requests to `path` so far, the oldest first; those of `tab` only, where one is named. */
  to(path, tab) {
    return this.#requests.filter(
      request => request.path === path && (tab === undefined || request.tab === tab.number),
    )
  }

  /** The statuses with which the requests to `path` were answered. */
  statuses(path) {
    return this.#answered(path).map(({ status }) => status)
  }

  /** What the pages were granted by requests to `path`. */
  grants(path) {
    return this.#answered(path)
      .filter(({ status }) => status < 300)
      .map(({ answer }) => JSON.parse(answer))
  }

  /** The paths of the requests that were answered with an error. */
  refused() {
    return this.#requests.filter(({ status }) => status >= 400).map(({ path }) => path)
  }

  /**
   * Stops the next request to `path` on its way to the server. Settles, once there is one, with the tab it came from.
   * It never gets there, and later requests go through.
   */
  async nextRequestHeld(path, tabs) {
    const { noted } = await this.#nextStop('request', path)
    return tabs.find(tab => tab.number === noted.tab)
  }

  /**
   * Lets the next request to `path` through and keeps its answer from the page. Settles, once there is one, with the
   * tab that waits for it, the answer's body, and what delivers it. Later requests go through.
   */
  async nextAnswerHeld(path, tabs) {
    const { noted, answer, goOn } = await this.#nextStop('answer', path)
    return { tab: tabs.find(tab => tab.number === noted.tab), body: JSON.parse(answer), deliver: goOn }
  }

  get #isSecure() {
    return this.#server.url.startsWith('https:')
  }

  async #build() {
    const serve = (incoming, outgoing) => this.#serve(incoming, outgoing)
    if (!this.#isSecure) {
      this.#front = createServer(serve)
      return
    }
    const { cert, private: key } = await generate(undefined, { keyType: 'ec' })
    this.#front = createSecureServer({ cert, key }, serve)
  }

  #answered(path) {
    return this.to(path).filter(({ status }) => status !== undefined)
  }

  #nextStop(what, path) {
    return new Promise(stopped => this.#holds.push({ what, path, stopped }))
  }

  /** Waits where the test wants this one held. */
  async #stop(what, noted, answer) {
    const index = this.#holds.findIndex(hold => hold.what === what && hold.path === noted.path)
    if (index === -1) return
    const [{ stopped }] = this.#holds.splice(index, 1)
    await new Promise(goOn => stopped({ noted, answer, goOn }))
  }

  async #serve(incoming, outgoing) {
    // On a connection of its own no request is repeated by the browser.
    outgoing.setHeader('connection', 'close')
    try {
      if (incoming.url === '/test-page/script.js') {
        outgoing.writeHead(200, { 'content-type': 'text/javascript', 'cache-control': 'no-store' })
        const testPage = JSON.stringify({ clock: this.#clock, troubles: this.#troubles })
        outgoing.end(`globalThis.testPage = ${testPage}\n${PAGE_SCRIPT}`)
      } else if (incoming.url.startsWith('/test-page/bare')) {
        outgoing.writeHead(200, { 'content-type': 'text/html', 'cache-control': 'no-store' })
        outgoing.end(BARE_PAGE)
      } else if (incoming.url === '/test-page/clock') {
        outgoing.end(JSON.stringify(this.#clock))
      } else {
        await this.#pass(incoming, outgoing)
      }
    } catch {
      // A server that is not there, or a page that is gone.
      outgoing.destroy()
    }
  }

  async #pass(incoming, outgoing) {
    const noted = noteOf(incoming)
    this.#requests.push(noted)
    const body = Buffer.concat(await incoming.toArray())
    noted.body = body.toString()
    await this.#stop('request', noted)

    const ask = this.#isSecure ? requestSecurely : request
    // The same again under another address, as a page gets it that loads the package twice.
    const passed = ask(this.#server.url + incoming.url.replace(/^\/copy-\d+/, ''), {
      // The server makes its certificate by itself.
      rejectUnauthorized: false,
      method: incoming.method,
      headers: { ...incoming.headers, connection: 'close' },
    })
    const [response] = await once(passed.end(body), 'response')
    const answer = Buffer.concat(await response.toArray())
    const text = answer.toString()
    await this.#stop('answer', noted, text)

    const { connection, 'transfer-encoding': _, ...kept } = response.headers
    Object.assign(noted, { status: response.statusCode, answer: text, answerHeaders: response.headers })
    outgoing.writeHead(response.statusCode, kept)
    outgoing.end(answer)
  }
}

function noteOf({ method, url, headers }) {
  const number = headers.referer && new URL(headers.referer).searchParams.get('tab')
  return { path: url.split('?')[0], tab: Number(number), method, headers }
}
