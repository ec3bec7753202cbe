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

// What a test says by name crosses as numbers and values, as from the real core.

/** In the order of src/api/snapshot.rs. */
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
  storage: null,
  degraded: null,
}

const STATUSES = ['loading', 'authenticated', 'unauthenticated']
const DEGRADED = ['no-fence', 'no-storage', 'not-stored', 'newer-version', 'no-encryption']

const numberIn = (names, name) => {
  if (!names.includes(name)) throw new Error(`the core knows no "${name}"`)
  return names.indexOf(name)
}

const isOther = where => where === 'other-tab'

const snapshotValues = state =>
  Object.values({
    ...state,
    status: numberIn(STATUSES, state.status),
    endedBy: isOther(state.endedBy),
    storage: state.storage === 'memory',
    degraded: state.degraded === null ? undefined : numberIn(DEGRADED, state.degraded),
    epoch: 1,
  })

/** In the order of src/api/event.rs. */
const EVENTS = {
  login: () => [],
  refresh: ({ generation, by }) => [generation, isOther(by)],
  'refresh-failed': ({ error, retryAt }) => [errorValues(error), retryAt],
  'refresh-rejected': ({ error, endsAt }) => [errorValues(error), endsAt],
  prompt: ({ endsAt }) => [endsAt],
  'prompt-dismissed': ({ by }) => [by === 'stay'],
  end: ({ reason, endedBy }) => [reason, isOther(endedBy)],
  'user-changed': ({ from, to }) => [from, to],
  degraded: ({ what }) => [numberIn(DEGRADED, what)],
  change: () => [],
  ready: () => [],
}

/** In the order of src/api/error.rs. */
const ERRORS = [
  'network',
  'timeout',
  'http',
  'not-the-server',
  'refresh-rejected',
  'storage',
  'signed-out',
  'user-changed',
  'superseded',
  'not-renewable',
  'still-unauthorized',
  'not-prolonged',
  'bad-answer',
  'disposed',
]

function errorValues({ code, status = 0, retryAt, message, field, serverCode }) {
  const kind = numberIn(ERRORS, code === 'server' ? 'http' : code)
  return [kind, status, retryAt, message ?? field, serverCode]
}

/** Of the core's own errors; a trap stays what it is. */
const rejectionOf = reason => (reason.code === undefined ? reason : errorValues(reason))

const tokenValues = token => token && [token.accessToken, token.sid, token.generation]

const AUTHENTICATIONS = ['login', 'register', 'changePassword']
const GRANTS = [undefined, 'login', 'refresh']

export class Core {
  calls = []
  answers = { ...stage.answers }
  state = { ...SIGNED_OUT, status: 'loading' }
  /** Undefined while the session is in doubt, too. */
  tokenAtHand = undefined
  #host

  constructor(values, host, fetch, vault) {
    this.values = values
    this.fetch = fetch
    this.vault = vault
    this.#host = host
    stage.cores.push(this)
  }

  start() {
    this.calls.push(['start'])
    const ready = this.answers.ready ?? (() => this.change({ status: 'unauthenticated' }))
    Promise.resolve()
      .then(ready)
      // In this order, as the real core says it.
      .then(() => this.emit('ready'))
      .then(() => this.emit('change'))
  }

  snapshot() {
    return snapshotValues(this.state)
  }

  peekAccessToken() {
    return this.tokenAtHand
  }

  token(settle) {
    this.#answer(settle, 'token', [], () => Promise.reject({ code: 'signed-out' }), tokenValues)
  }

  retryToken(sid, generation, settle) {
    this.#answer(settle, 'retryToken', [sid, generation], undefined, tokenValues)
  }

  refresh(settle) {
    this.#answer(settle, 'refresh', [])
  }

  tokenRefused(sid, generation) {
    this.calls.push(['tokenRefused', sid, generation])
  }

  authenticate(endpoint, body, remember, settle) {
    this.#answer(settle, 'authenticate', [AUTHENTICATIONS[endpoint], body, remember])
  }

  takeTokens(tokens, kind, remember, sid, number, settle) {
    if (kind === 3) this.#answer(settle, 'signIn', [tokens, number])
    else if (kind === 4) this.#answer(settle, 'rotate', [tokens, sid, number])
    else this.#answer(settle, 'setTokens', [tokens, GRANTS[kind], remember])
  }

  verify(settle) {
    this.#answer(
      settle,
      'verify',
      [],
      () => ({ valid: true }),
      ({ valid }) => valid,
    )
  }

  logout(everywhere, settle) {
    this.#answer(settle, 'logout', [everywhere])
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
    this.emit('change')
  }

  /** The same, before anything is said. */
  change({ claims, ...changes }) {
    this.state = { ...this.state, ...changes }
    if (claims !== undefined) this.tokenAtHand = tokenOf(claims)
  }

  /** Tells the package of an event, by the names that a page knows. */
  emit(name, payload = {}) {
    this.#host.emit(numberIn(Object.keys(EVENTS), name), ...EVENTS[name](payload))
  }

  #answer(settle, method, values, otherwise = () => {}, valuesOf = value => value) {
    this.calls.push([method, ...values])
    const answer = async () => valuesOf(await (this.answers[method] ?? otherwise)(...values))
    answer().then(settle.resolve, reason => settle.reject(rejectionOf(reason)))
  }
}
