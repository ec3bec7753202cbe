// Stands in for the wasm-bindgen glue: a core that does what a test says and remembers what it was asked.

const stage = globalThis.stubStage

export default async function init({ module_or_path }) {
  stage.inputs.push(module_or_path)
  if (stage.failWith !== null) throw stage.failWith
}

const SIGNED_OUT = {
  status: 'unauthenticated',
  error: null,
  user: null,
  claims: null,
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

  constructor(options, host) {
    if (stage.refuseWith !== null) throw stage.refuseWith
    this.options = options
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
    return { ...this.state }
  }

  peekAccessToken() {
    return this.token_
  }

  token() {
    return this.#answer('token', [], () =>
      Promise.reject({ code: 'signed-out', message: 'nobody is signed in' }),
    )
  }

  retryToken(sid, generation) {
    return this.#answer('retryToken', [sid, generation])
  }

  refresh() {
    return this.#answer('refresh', [])
  }

  authenticate(endpoint, body) {
    return this.#answer('authenticate', [endpoint, body])
  }

  setTokens(tokens, as) {
    return this.#answer('setTokens', [tokens, as])
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

  /** What the test does: change the state and say so, as the real core would. */
  become(changes) {
    this.state = { ...this.state, ...changes }
    this.host.emit('change', null)
  }

  async #answer(method, values, otherwise = () => {}) {
    this.calls.push([method, ...values])
    return (this.answers[method] ?? otherwise)(...values)
  }
}
