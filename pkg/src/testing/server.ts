import type { User } from '../claims.js'
import { endpointOf } from '../core-values.js'
import type { ExchangePurpose } from '../exchange.js'
import type { SessionOptions } from '../options.js'
import { below } from '../web-url.js'
import {
  checkAnswer,
  checkTarget,
  isMeant,
  PURPOSES,
  responseOf,
  type TestAnswer,
  type TestHandler,
  type TestRequest,
  type TestTarget,
} from './answers.js'
import { AuthServer, type Credentials, type TestAccount, type TestTokens } from './auth-server.js'
import type { SimulatedClock } from './clock.js'
import { report } from './tasks.js'

/**
 * The server of a {@link TestSession}: what every tab's session sends comes here, and what `session.fetch` sends. By itself
 * it is an auth server that knows everybody, rotates tokens, and refuses a refresh token that was used before; everything
 * else is not found (404). What a test says goes before that.
 */
export interface TestServer<U = User> {
  /** Answers each request to `target` with `handler`, until told otherwise. */
  on(target: TestTarget, handler: TestHandler): void
  /** Answers the next request to `target` with `handler`. Said several times, one request after the other. */
  once(target: TestTarget, handler: TestHandler): void
  /** Forgets what `on` and `once` have said of `target`. */
  off(target: TestTarget): void
  /** Holds the answers to `target` back from now on. The server has done by then what it was asked. */
  hold(target: TestTarget): HeldAnswers
  /** All requests, the oldest first. */
  readonly requests: readonly TestRequest[]
  /** How many requests to `target` there were. */
  count(target: TestTarget): number
  /** Whom it signs in; what is changed here shows in the next tokens. */
  account: TestAccount<U>
  /** Makes tokens that are good, as a login would: for `session.setTokens`, and for answers of your own. */
  grant(): TestTokens<U>
  /** A `fetch` that comes here, for what does not go by `session.fetch`. */
  readonly fetch: typeof fetch
}

/** Answers that are held back. */
export interface HeldAnswers {
  /** How many there are. */
  readonly count: number
  /** Lets them go, and holds back no more. */
  release(): void
}

interface Rule {
  target: TestTarget
  handler: TestHandler
  isOnce: boolean
}

interface Hold {
  target: TestTarget
  answers: (() => void)[]
}

export class SimulatedServer<U> implements TestServer<U> {
  readonly requests: TestRequest[] = []
  isOnline = true
  readonly #clock: SimulatedClock
  readonly #setTimeout
  readonly #options: SessionOptions<never, never>
  readonly #base: string
  readonly #auth: AuthServer<U>
  #rules: Rule[] = []
  #holds: Hold[] = []

  constructor(
    clock: SimulatedClock,
    options: SessionOptions<never, never>,
    base: string,
    account: TestAccount<U>,
  ) {
    this.#clock = clock
    this.#setTimeout = clock.timers().setTimeout
    this.#options = options
    this.#base = base
    this.#auth = new AuthServer(clock, options, account)
  }

  on(target: TestTarget, handler: TestHandler): void {
    this.#rules = this.#rules.filter(rule => rule.isOnce || rule.target !== target)
    this.#add({ target, handler, isOnce: false })
  }

  once(target: TestTarget, handler: TestHandler): void {
    this.#add({ target, handler, isOnce: true })
  }

  off(target: TestTarget): void {
    this.#rules = this.#rules.filter(rule => rule.target !== target)
  }

  hold(target: TestTarget): HeldAnswers {
    checkTarget(target)
    const hold: Hold = { target, answers: [] }
    this.#holds.push(hold)
    return {
      get count() {
        return hold.answers.length
      },
      release: () => {
        this.#holds = this.#holds.filter(other => other !== hold)
        for (const answer of hold.answers.splice(0)) answer()
      },
    }
  }

  count(target: TestTarget): number {
    checkTarget(target)
    return this.requests.filter(request => isMeant(target, request)).length
  }

  get account(): TestAccount<U> {
    return this.#auth.account
  }

  set account(account) {
    this.#auth.account = account
  }

  grant(): TestTokens<U> {
    return this.#auth.grant()
  }

  readonly fetch: typeof globalThis.fetch = async (input, init) => {
    const asked = isRequest(input) ? input : undefined
    const signal = init?.signal ?? asked?.signal
    signal?.throwIfAborted()
    const url = new URL(asked?.url ?? (input as string | URL), this.#base)
    const body = init?.body ?? (await asked?.clone().text())
    const method = (init?.method ?? asked?.method ?? 'GET').toUpperCase()
    const headers = new Headers(init?.headers ?? asked?.headers)
    const sent = { url, method, headers, body: readBody(body, headers.get('content-type')) }
    return new Promise((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
      this.#answer(sent).then(resolve, reject)
    })
  }

  async #answer(sent: Pick<TestRequest, 'url' | 'method' | 'headers' | 'body'>): Promise<Response> {
    if (!this.isOnline) throw networkError()
    const purpose = this.#purposeOf(sent)
    const credentials = this.#credentialsOf(sent, purpose)
    const request: TestRequest = {
      ...sent,
      purpose,
      at: this.#clock.now(),
      isAuthorized: this.#auth.isGood(credentials),
    }
    this.requests.push(request)
    const scripted = await this.#scripted(request)
    const answer = scripted ?? (purpose === null ? 404 : this.#auth.answer(purpose, credentials))
    await this.#heldBack(request)
    if (typeof answer === 'object' && 'delay' in answer) await this.#later(answer.delay)
    if (answer === 'network-error' || !this.isOnline) throw networkError()
    const response = responseOf(answer)
    Object.defineProperty(response, 'url', { value: request.url.href })
    return response
  }

  async #scripted(request: TestRequest): Promise<TestAnswer | undefined> {
    const rules = this.#rules.filter(rule => isMeant(rule.target, request))
    const rule = rules.find(rule => rule.isOnce) ?? rules.at(-1)
    if (rule === undefined) return undefined
    if (rule.isOnce) this.#rules = this.#rules.filter(other => other !== rule)
    if (typeof rule.handler !== 'function') return rule.handler
    try {
      const answer = await rule.handler(request)
      if (answer !== undefined) checkAnswer(answer)
      return answer
    } catch (error) {
      // An assertion, perhaps: a session would take it for a failure of the network.
      report(error)
      return 'network-error'
    }
  }

  #add(rule: Rule): void {
    checkTarget(rule.target)
    if (typeof rule.handler !== 'function') checkAnswer(rule.handler)
    this.#rules.push(rule)
  }

  #heldBack(request: TestRequest): Promise<void> | undefined {
    const hold = this.#holds.find(({ target }) => isMeant(target, request))
    return hold && new Promise(resolve => hold.answers.push(resolve))
  }

  #later(ms: number | undefined): Promise<void> {
    return new Promise(resolve => this.#setTimeout(() => resolve(), ms))
  }

  /** Several may go to one address: then what they bring tells them apart. */
  #purposeOf({ url, method, body }: Pick<TestRequest, 'url' | 'method' | 'body'>): ExchangePurpose | null {
    const { endpoints, baseUrl } = this.#options
    const found = PURPOSES.filter(purpose => {
      const { url: path, method: verb = purpose === 'tokenInfo' ? 'GET' : 'POST' } = endpointOf(
        purpose,
        endpoints,
      )
      if (path === '' || verb.toUpperCase() !== method) return false
      const endpoint = new URL(below(baseUrl, path), this.#base)
      return endpoint.origin === url.origin && endpoint.pathname === url.pathname
    })
    const { grant_type: kind } = asObject(body)
    const isRefresh = kind === undefined ? this.#refreshTokenIn(body) !== undefined : kind === 'refresh_token'
    return (isRefresh ? found.find(purpose => purpose === 'refresh') : undefined) ?? found[0] ?? null
  }

  #credentialsOf(
    { headers, body }: Pick<TestRequest, 'headers' | 'body'>,
    purpose: ExchangePurpose | null,
  ): Credentials {
    const [, accessToken = null] = headers.get('authorization')?.match(/^Bearer (.+)$/i) ?? []
    const name = this.#options.headers?.sendRefreshToken
    const inHeader = purpose === 'refresh' && name !== undefined ? headers.get(name) : null
    return { accessToken, refreshToken: inHeader ?? this.#refreshTokenIn(body) ?? null }
  }

  #refreshTokenIn(body: unknown): string | undefined {
    const {
      [this.#options.fields?.refreshToken ?? 'refresh_token']: named,
      refresh_token: usual,
      token,
    } = asObject(body)
    return (named ?? usual ?? token) as string | undefined
  }
}

const asObject = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}

/** What browsers say where there is no connection. */
const networkError = () => new TypeError('Failed to fetch')

/** Not by `instanceof`: the environment may have another `Request`. */
const isRequest = (input: RequestInfo | URL): input is Request =>
  typeof input === 'object' && 'headers' in input

function readBody(body: unknown, type: string | null): unknown {
  if (body === undefined || body === null || body === '') return undefined
  if (body instanceof URLSearchParams) return Object.fromEntries(body)
  if (typeof body !== 'string') return body
  // A request of its own, such as `session.fetch` makes of a form, has only the text.
  if (type?.startsWith('application/x-www-form-urlencoded'))
    return Object.fromEntries(new URLSearchParams(body))
  try {
    return JSON.parse(body)
  } catch {
    return body
  }
}
