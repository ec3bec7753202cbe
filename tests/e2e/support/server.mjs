import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { NEXT_PACKAGE, PACKAGE, SERVER } from './environment.mjs'
import { eventually } from './eventually.mjs'

/** The reference server: a process with its own database, secret and port, which it keeps over a restart. */
export class AuthServer {
  /** Every line of its log, of all its lives. */
  log = []
  #folder
  #accessTtl
  #secret = randomBytes(32).toString('hex')
  #address = '127.0.0.1:0'
  #process = null

  /** Its database lies in `folder`, and it serves `folder`/site at `/`. */
  constructor(folder, { accessTtl } = {}) {
    this.#folder = folder
    this.#accessTtl = accessTtl
  }

  get url() {
    return `http://${this.#address}`
  }

  /** Settles when it listens. */
  async start() {
    const started = spawn(SERVER, this.#flags(), {
      env: { ...process.env, JWT_SECRET: this.#secret, LOG_LEVEL: 'info', NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#process = started
    createInterface({ input: started.stderr }).on('line', line => this.log.push(line))
    const [line] = await Promise.race([
      once(createInterface({ input: started.stdout }), 'line'),
      once(started, 'exit').then(([code]) => {
        throw new Error(`the server ended with ${code}:\n${this.log.join('\n')}`)
      }),
    ])
    this.#address = line.replace('listening on http://', '')
  }

  /** Ends it as a crash would: in the middle of whatever it does. */
  async kill() {
    const running = this.#process
    if (running === null) return
    this.#process = null
    const exited = once(running, 'exit')
    running.kill('SIGKILL')
    await exited
  }

  /** How many refresh tokens it has exchanged, by its own account. */
  refreshes() {
    return this.#count(/: refreshed /)
  }

  /** How many sessions it was told to end, by its own account. */
  logouts() {
    return this.#count(/: logged out (?!everywhere)/)
  }

  /** How often a used refresh token came again. */
  reuses() {
    return this.#count(/a used refresh token came again/)
  }

  /** Asks it something apart from any page. */
  post(path, body, accessToken) {
    const authorization = accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }
    return fetch(this.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...authorization },
      body: JSON.stringify(body),
    })
  }

  /** Settles when it has come to refuse the access token. */
  async refuses(accessToken) {
    await eventually(async () => assert.equal((await this.post('/verify', {}, accessToken)).status, 401))
  }

  #count(pattern) {
    return this.log.filter(line => pattern.test(line)).length
  }

  #flags() {
    return [
      ['--listen', this.#address],
      ['--database', join(this.#folder, 'server.sqlite')],
      ['--mount', `/=${join(this.#folder, 'site')}`],
      ['--mount', `/session-warden=${PACKAGE}`],
      ['--mount', `/session-warden-next=${NEXT_PACKAGE}`],
      // The tests are not about passwords: the cheapest hash does.
      ['--bcrypt-cost', '4'],
      this.#accessTtl === undefined ? [] : ['--access-ttl', this.#accessTtl],
    ].flat()
  }
}
