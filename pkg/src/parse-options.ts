import { ConfigError } from './errors.js'
import type { CoreOptions } from './glue.js'
import { LOG_LEVELS } from './log.js'
import type { AnswerFields, Endpoints, SessionOptions } from './options.js'

/** Options that have been looked at: what the core takes, and what stays on this side. */
export interface ParsedOptions<U, C> {
  core: CoreOptions
  page: PageOptions<U, C>
}

const PAGE_KEYS = ['wasm', 'origins', 'loginUrl', 'onEnd', 'roles', 'fetch', 'logLevel', 'logger'] as const

/** The options that the core never sees. */
export type PageOptions<U, C> = Pick<SessionOptions<U, C>, (typeof PAGE_KEYS)[number]>

/** Says what was expected where `value` is not it. Never repeats the value, which could be a secret. */
type Check = (value: unknown, key: string) => string | undefined

const text: Check = value =>
  typeof value === 'string' && value !== '' ? undefined : 'a string that is not empty'

const flag: Check = value => (typeof value === 'boolean' ? undefined : 'true or false')

const callable: Check = value => (typeof value === 'function' ? undefined : 'a function')

const duration: Check = value =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0
    ? undefined
    : 'a finite number of milliseconds, 0 or more'

const texts: Check = value =>
  Array.isArray(value) && value.every(entry => text(entry, '') === undefined)
    ? undefined
    : 'a list of strings that are not empty'

const oneOf =
  (...allowed: readonly string[]): Check =>
  value =>
    allowed.includes(value as string) ? undefined : `one of ${allowed.map(entry => `'${entry}'`).join(', ')}`

const members =
  (checks: Record<string, Check>): Check =>
  (value, key) => {
    if (!isPlainObject(value)) return 'an object'
    checkMembers(value, checks, `${key}.`)
    return undefined
  }

const endpoint: Check = (value, key) => {
  if (typeof value === 'string') return text(value, key)
  if (!isPlainObject(value)) return 'a path, or an object with url and method'
  checkMembers({ url: undefined, ...value }, { url: text, method: text }, `${key}.`, ['url'])
  return undefined
}

const origins: Check = (value, key) =>
  texts(value, key) ??
  ((value as string[]).every(entry => isWeb(parseUrl(entry)))
    ? undefined
    : "a list of http or https origins, such as 'https://api.example.com'")

// A `javascript:` URL here would run as the page.
const pageUrl: Check = (value, key) =>
  text(value, key) ??
  (isWeb(parseUrl(value as string, 'https://page.invalid')) ? undefined : 'an http or https URL')

const wasmSource: Check = value =>
  value instanceof URL ||
  (typeof Response === 'function' && value instanceof Response) ||
  value instanceof ArrayBuffer ||
  ArrayBuffer.isView(value)
    ? undefined
    : 'a URL, a Response or a buffer'

const logger: Check = value =>
  typeof value === 'object' &&
  value !== null &&
  ['error', 'info', 'debug'].every(level => typeof (value as Record<string, unknown>)[level] === 'function')
    ? undefined
    : 'an object with the functions error, info and debug'

const ENDPOINTS: Record<keyof Endpoints, Check> = {
  login: endpoint,
  register: endpoint,
  refresh: endpoint,
  logout: endpoint,
  logoutAll: endpoint,
  verify: endpoint,
  changePassword: endpoint,
}

const FIELDS: Record<keyof AnswerFields, Check> = {
  accessToken: text,
  refreshToken: text,
  expiresIn: text,
  expiresAt: text,
  user: text,
}

const OPTIONS: Record<keyof SessionOptions, Check> = {
  name: text,
  baseUrl: text,
  credentials: oneOf('omit', 'same-origin', 'include'),
  endpoints: members(ENDPOINTS),
  exchange: oneOf('body', 'sliding'),
  fields: members(FIELDS),
  refreshEarly: duration,
  refreshEvery: duration,
  checkEvery: duration,
  refreshTimeout: duration,
  lockTimeout: duration,
  idleTimeout: duration,
  idlePrompt: duration,
  promptEndsOn: oneOf('activity', 'stay'),
  maxAge: duration,
  whenRejected: oneOf('at-expiry', 'at-once'),
  activityEvents: texts,
  crossTab: flag,
  wasm: wasmSource,
  origins,
  loginUrl: pageUrl,
  onEnd: callable,
  roles: callable,
  fetch: callable,
  logLevel: oneOf(...LOG_LEVELS),
  logger,
}

/**
 * Sorts the options into the core's and the page's. Throws a {@link ConfigError} that names the first key at fault.
 * The core looks at its own again; but it is not there yet, and a misspelt option should be heard of at once.
 */
export function parseOptions<U, C>(options: SessionOptions<U, C>): ParsedOptions<U, C> {
  if (!isPlainObject(options)) throw new ConfigError('options', 'the options have to be an object')
  checkMembers(options, OPTIONS, '')
  const core: CoreOptions = {}
  const page: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(options)) {
    if (value === undefined) continue
    const side = PAGE_KEYS.includes(key as never) ? page : core
    side[key] = value
  }
  return { core, page: page as PageOptions<U, C> }
}

/** An absent option and one that is `undefined` are the same; only `required` ones have to be there. */
function checkMembers(
  value: Record<string, unknown>,
  checks: Record<string, Check>,
  prefix: string,
  required: readonly string[] = [],
): void {
  for (const [name, member] of Object.entries(value)) {
    const key = prefix + name
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined
    if (check === undefined) throw new ConfigError(key, `there is no option "${key}"`)
    if (member === undefined && !required.includes(name)) continue
    const expected = check(member, key)
    if (expected !== undefined) throw new ConfigError(key, `the option "${key}" has to be ${expected}`)
  }
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parseUrl(value: string, base?: string): URL | null {
  try {
    return new URL(value, base)
  } catch {
    return null
  }
}

function isWeb(url: URL | null): boolean {
  return url !== null && (url.protocol === 'https:' || url.protocol === 'http:')
}
