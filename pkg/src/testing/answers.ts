import type { ExchangePurpose } from '../exchange.js'

/** A request as the server sees it. */
export interface TestRequest {
  /** What it asks of the auth server, by the session's `endpoints`; null for one of the application's own. */
  readonly purpose: ExchangePurpose | null
  /** The HTTP method, in upper case. */
  readonly method: string
  /** Where it goes. */
  readonly url: URL
  /** Its headers. */
  readonly headers: Headers
  /** Its body: what JSON or a form says, else the text; undefined where there is none. */
  readonly body: unknown
  /** When it came, in milliseconds since the epoch. */
  readonly at: number
  /** Whether it brings an access token (or cookies) that the auth server has granted and that is still good. */
  readonly isAuthorized: boolean
}

/** What a request is answered with, said in full. */
export interface TestReply {
  /** The HTTP status. Default: 200. */
  status?: number
  /** The body: text is sent as it is, all else as JSON. Default: none. */
  body?: unknown
  /** The headers. */
  headers?: Record<string, string>
  /** How long the answer takes, in milliseconds of the clock. Default: 0. */
  delay?: number
}

/**
 * An answer. A number: that status, with nothing more. `network-error`: there is no connection. `invalid_grant`: the auth
 * server refuses for good, in the words of RFC 6749.
 */
export type TestAnswer = number | 'network-error' | 'invalid_grant' | TestReply | Response

/** An answer, or what gives it. Undefined: what the server would say by itself. */
export type TestHandler =
  | TestAnswer
  | ((request: TestRequest) => TestAnswer | undefined | Promise<TestAnswer | undefined>)

/**
 * Which requests are meant: what they ask of the auth server, such as `refresh`, or where they go: a path, with its method
 * or without, such as `/api/bookings` or `GET /api/bookings`. A path that ends with `*` stands for all that begin so.
 * Without an origin, that does not matter; the query never does.
 */
export type TestTarget =
  | ExchangePurpose
  | `/${string}`
  | `http${string}`
  | `${string} /${string}`
  | `${string} http${string}`

/** Whether `target` means `request`. */
export function isMeant(
  target: TestTarget,
  { purpose, method, url }: Pick<TestRequest, 'purpose' | 'method' | 'url'>,
): boolean {
  if (target === purpose) return true
  const [path = '', verb = method] = target.split(' ').reverse()
  const found = path.startsWith('/') ? url.pathname : url.origin + url.pathname
  const isThere = path.endsWith('*') ? found.startsWith(path.slice(0, -1)) : found === path
  return isThere && verb.toUpperCase() === method
}

/** Throws for a word that would mean nothing, and go unnoticed. */
export function checkTarget(target: TestTarget): void {
  if (PURPOSES.some(purpose => purpose === target) || /^(\S+ )?(\/|https?:\/\/)/.test(target)) return
  throw new TypeError(`"${target}" is neither asked of an auth server nor a path`)
}

const REPLY: Record<keyof TestReply, true> = { status: true, body: true, headers: true, delay: true }

/** The same for an answer; also for one that cannot be sent, which a session would take for a failure of the network. */
export function checkAnswer(answer: unknown): void {
  if (answer === 'network-error' || answer === 'invalid_grant') return
  if (typeof answer === 'number' && answer >= 200 && answer <= 599) return
  if (typeof answer === 'object' && answer !== null) {
    const unknown = isResponse(answer)
      ? undefined
      : Object.keys(answer).find(key => !Object.hasOwn(REPLY, key))
    if (unknown !== undefined) throw new TypeError(`an answer has no member "${unknown}"`)
    return void responseOf(answer)
  }
  throw new TypeError("an answer is a status, an object, a Response, 'network-error' or 'invalid_grant'")
}

/** What is asked of an auth server. */
export const PURPOSES: readonly ExchangePurpose[] = [
  'login',
  'register',
  'refresh',
  'logoutAll',
  'logout',
  'verify',
  'changePassword',
  'tokenInfo',
]

/** Statuses whose answers have no body, as far as an answer can be made of them (Fetch standard). */
const WITHOUT_BODY = [204, 205, 304]

export function responseOf(answer: Exclude<TestAnswer, 'network-error'>): Response {
  if (answer === 'invalid_grant') return responseOf({ status: 400, body: { error: 'invalid_grant' } })
  if (typeof answer === 'number') return responseOf({ status: answer })
  if (isResponse(answer)) return answer.clone()
  const { status = 200, body, headers } = answer
  const isText = typeof body === 'string' || body === undefined
  const content = isText ? body : JSON.stringify(body)
  return new Response(WITHOUT_BODY.includes(status) ? null : (content ?? ''), {
    status,
    headers: { 'content-type': isText ? 'text/plain' : 'application/json', ...headers },
  })
}

/** Not by `instanceof`: the environment may have another `Response`. */
const isResponse = (answer: object): answer is Response =>
  'clone' in answer && typeof answer.clone === 'function'
