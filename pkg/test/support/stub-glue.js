// Stands in for the wasm-bindgen glue: a core that does what a test says and remembers what it was asked. The build
// adds what starts it.

import { tokenOf } from './token.js'

const stage = globalThis.stubStage

function __wbg_get_imports() {
  if (stage.failWith !== null) throw stage.failWith
  return {}
}

function __wbg_finalize_init(instance, module) {
  stage.modules.push([instance, module])
}

/** In the order of the real core's snapshot. */
const SIGNED_OUT = {
  status: 'unauthenticated',
  user: null,
  expiresAt: null,
  refreshAt: null,
  lastActivityAt: null,
  idleAt: null,
  promptAt: null,
  endsAt: null,
  prompting: false,
  refreshing: false,
  offline: false,
  ending: false,
  endReason: null,
  endedBy: null,
  storage: 'local',
  degraded: null,
}

export class Core {
  calls = []
  answers = { ...stage.answers }
  state = { ...SIGNED_OUT, status: 'loading' }
  /** Undefined while the session is in doubt, too. */
  tokenAtHand = undefined

  constructor(values, host) {
    this.values = values
    this.host = host
    stage.cores.push(this)
  }

  start() {
    this.calls.push(['start'])
  }

  ready() {
    return this.#answer('ready', [], () => this.become({ status: 'unauthenticated' }))
  }

  snapshot() {
    return Object.values(this.state)
  }

  peekAccessToken() {
    return this.tokenAtHand
  }

  token() {
    return this.#answer('token', [], () => Promise.reject({ code: 'signed-out' }))
  }

  retryToken(sid, generation) {
    return this.#answer('retryToken', [sid, generation])
  }

  refresh() {
    return this.#answer('refresh', [])
  }

  authenticate(endpoint, body, remember) {
    return this.#answer('authenticate', [endpoint, body, remember])
  }

  setTokens(tokens, as, remember) {
    return this.#answer('setTokens', [tokens, as, remember])
  }

  verify() {
    return this.#answer('verify', [], () => ({ valid: true }))
  }

  logout(everywhere) {
    return this.#answer('logout', [everywhere])
  }

  touch() {
    this.calls.push(['touch'])
  }

  stay() {
    this.calls.push(['stay'])
  }

  dispose() {
    this.calls.push(['dispose'])
  }

  /** What the test does: change the state and say so, as the real core would. Claims are those of a new token. */
  become(changes) {
    this.change(changes)
    this.host.emit('change', null)
  }

  /** The same, before anything is said. */
  change({ claims, ...changes }) {
    this.state = { ...this.state, ...changes }
    if (claims !== undefined) this.tokenAtHand = tokenOf(claims)
  }

  async #answer(method, values, otherwise = () => {}) {
    this.calls.push([method, ...values])
    return (this.answers[method] ?? otherwise)(...values)
  }
}
