import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { PACKAGE, SERVER } from './environment.mjs'
import { eventually } from './eventually.mjs'

/** The reference server: a process with its own database, secret and port, which it keeps over a restart. */
export class AuthServer {
  /** Every line of its log, of all its lives. */
  log = []
  #folder
  #options
  // As long as the profile that asks for the longest wants it.
  #secret = randomBytes(64).toString('base64')
  #url = 'http://127.0.0.1:0'
  #process = null

  /**
   * Its database lies in `folder`, and it serves `folder`/site at `/` and each folder of `mounts` at its path. `profile`
   * is the system that it plays: a name, or the path of a file. Pages of other `origins` may ask it as well.
   */
  constructor(folder, { profile = 'event-booking', accessTtl, tls = false, mounts = {}, origins = [] } = {}) {
    this.#folder = folder
    this.#options = { profile, accessTtl, tls, mounts, origins }
  }

  get url() {
    return this.#url
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
    this.#url = line.replace('listening on ', '')
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

  /** Asks for what lies at `path`, apart from any page. */
  get(path, accessToken) {
    return fetch(this.url + path, { headers: { authorization: `Bearer ${accessToken}` } })
  }

  /** Settles when it has come to refuse the access token at `path`. */
  async refuses(accessToken, path = '/my-bookings') {
    await eventually(async () => assert.equal((await this.get(path, accessToken)).status, 401))
  }

  #count(pattern) {
    return this.log.filter(line => pattern.test(line)).length
  }

  #flags() {
    const { profile, accessTtl, tls, mounts, origins } = this.#options
    return [
      ['--profile', profile],
      ['--listen', new URL(this.#url).host],
      ['--database', join(this.#folder, 'server.sqlite')],
      ['--mount', `/=${join(this.#folder, 'site')}`],
      ['--mount', `/session-warden=${PACKAGE}`],
      Object.entries(mounts).flatMap(([path, mounted]) => ['--mount', `${path}=${mounted}`]),
      // The tests are not about passwords: the cheapest hash does.
      ['--bcrypt-cost', '4'],
      accessTtl === undefined ? [] : ['--access-ttl', accessTtl],
      origins.flatMap(origin => ['--allow-origin', origin]),
      tls ? ['--tls'] : [],
    ].flat()
  }
}
