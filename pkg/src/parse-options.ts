import { DURATION_NAMES, ENDPOINT_NAMES, FIELD_NAMES } from './core-values.js'
import { ConfigError } from './errors.js'
import type { Exchange } from './exchange.js'
import type { CoreOptions } from './glue.js'
import { LOG_LEVELS } from './log.js'
import type { Logger } from './logger.js'
import type { AnswerFields, Endpoints, SessionOptions, StorageAdapter, TokenHeaders } from './options.js'
import { isWeb } from './web-url.js'
import type { WireOptions } from './wire.js'

/** Options that have been looked at: what the core takes, and what stays on this side. */
export interface ParsedOptions<U, C> {
  core: CoreOptions
  page: PageOptions<U, C>
  /** Where the auth server wants something else than tokens as JSON. */
  wire: WireOptions | undefined
}

type PageKey =
  | 'wasm'
  | 'origins'
  | 'onSecond401'
  | 'loginUrl'
  | 'onEnd'
  | 'roles'
  | 'fetch'
  | 'logLevel'
  | 'logger'

type WireKey = 'clientId' | 'headers' | 'csrf'

/** The options that the core never sees. */
export type PageOptions<U, C> = Pick<SessionOptions<U, C>, PageKey> & { adapter?: StorageAdapter }

/** Says what was expected where `value` is not it. Never repeats the value, which could be a secret. */
type Check = (value: unknown, key: string) => string | undefined

const must =
  (isRight: (value: unknown) => boolean, expected: string): Check =>
  value =>
    isRight(value) ? undefined : expected

const isText = (value: unknown) => typeof value === 'string' && value !== ''

const text = must(isText, 'a string that is not empty')

const flag = must(value => typeof value === 'boolean', 'true or false')

const callable = must(value => typeof value === 'function', 'a function')

const duration = must(
  value => Number.isFinite(value) && (value as number) >= 0,
  'a finite number of milliseconds, 0 or more',
)

const texts = must(
  value => Array.isArray(value) && value.every(isText),
  'a list of strings that are not empty',
)

const listed = (allowed: readonly unknown[]) => `one of '${allowed.join("', '")}'`

const oneOf = (...allowed: readonly unknown[]) => must(value => allowed.includes(value), listed(allowed))

const members =
  (checks: Record<string, Check>): Check =>
  (value, key) => {
    if (!isPlainObject(value)) return 'an object'
    checkMembers(value, checks, `${key}.`)
    return undefined
  }

const ENDPOINT: Record<'url' | 'method', Check> = { url: text, method: text }

const endpoint: Check = (value, key) => {
  if (!isPlainObject(value)) return isText(value) ? undefined : 'a path, or an object with url and method'
  // The one member that has to be there.
  checkMembers({ ...value, url: value.url ?? null }, ENDPOINT, `${key}.`)
  return undefined
}

const origins = must(
  value => Array.isArray(value) && value.every(entry => isWebUrl(entry)),
  "a list of http or https origins, such as 'https://api.example.com'",
)

// A `javascript:` URL here would run as the page.
const pageUrl = must(value => isWebUrl(value, 'https://page.invalid'), 'an http or https URL')

const wasmSource = must(
  value =>
    value instanceof URL ||
    value instanceof ArrayBuffer ||
    ArrayBuffer.isView(value) ||
    (typeof Response === 'function' && value instanceof Response),
  'a URL, a Response or a buffer',
)

const logger = must(
  value =>
    ['error', 'info', 'debug'].every(
      level => typeof (value as Partial<Logger> | null)?.[level as keyof Logger] === 'function',
    ),
  'an object with the functions error, info and debug',
)

const STORAGE_KINDS: readonly unknown[] = ['local', 'session', 'memory', 'encrypted']

const isAdapter = (value: unknown): value is StorageAdapter =>
  ['getItem', 'setItem', 'removeItem'].every(
    name => typeof (value as Partial<StorageAdapter> | null)?.[name as keyof StorageAdapter] === 'function',
  )

const storage = must(
  value => STORAGE_KINDS.includes(value) || isAdapter(value),
  `${listed(STORAGE_KINDS)}, or an object with the functions getItem, setItem and removeItem`,
)

const all = <K extends string>(check: Check, ...names: K[]) =>
  Object.fromEntries(names.map(name => [name, check])) as Record<K, Check>

const ENDPOINTS: Record<keyof Endpoints, Check> = all(endpoint, 'tokenInfo', ...ENDPOINT_NAMES)

const FIELDS: Record<keyof AnswerFields, Check> = all(text, ...FIELD_NAMES)

const STYLES: readonly unknown[] = ['body', 'oauth2', 'sliding', 'cookie']

const EXCHANGE: Record<keyof Exchange, Check> = {
  style: oneOf(...STYLES),
  ...all(callable, 'request', 'answer', 'isFinal'),
}

const exchange: Check = (value, key) => {
  if (!isPlainObject(value)) return STYLES.includes(value) ? undefined : `${listed(STYLES)}, or an object`
  checkMembers(value, EXCHANGE, `${key}.`)
  return undefined
}

const HEADERS: Record<keyof TokenHeaders, Check> = all(
  text,
  'newAccessToken',
  'newRefreshToken',
  'tokenExpiry',
  'userId',
  'sendRefreshToken',
)

const CSRF: Record<'cookie' | 'header', Check> = { cookie: text, header: text }

const csrf: Check = (value, key) => {
  if (typeof value === 'function') return undefined
  if (!isPlainObject(value)) return 'a function, or an object with cookie and header'
  checkMembers({ cookie: null, header: null, ...value }, CSRF, `${key}.`)
  return undefined
}

const WIRE_OPTIONS: Record<WireKey, Check> = { clientId: text, headers: members(HEADERS), csrf }

const CORE_OPTIONS: Record<Exclude<keyof SessionOptions, PageKey | WireKey>, Check> = {
  ...all(text, 'name', 'baseUrl'),
  ...all(duration, ...DURATION_NAMES),
  credentials: oneOf('omit', 'same-origin', 'include'),
  endpoints: members(ENDPOINTS),
  exchange,
  fields: members(FIELDS),
  storage,
  promptEndsOn: oneOf('activity', 'stay'),
  whenRejected: oneOf('at-expiry', 'at-once'),
  activityEvents: texts,
  ...all(flag, 'crossTab', 'frames', 'syntheticActivity'),
}

const PAGE_OPTIONS: Record<PageKey, Check> = {
  ...all(callable, 'onEnd', 'roles', 'fetch'),
  wasm: wasmSource,
  origins,
  onSecond401: oneOf('return', 'end'),
  loginUrl: pageUrl,
  logLevel: oneOf(...LOG_LEVELS),
  logger,
}

const OPTIONS = { ...CORE_OPTIONS, ...PAGE_OPTIONS, ...WIRE_OPTIONS }

/**
 * Sorts the options into the core's and the page's. Throws a {@link ConfigError} that names the first key at fault.
 * Here and nowhere else: the core takes what it is given.
 */
export function parseOptions<U, C>(options: SessionOptions<U, C>): ParsedOptions<U, C> {
  if (!isPlainObject(options)) throw new ConfigError('options', 'the options have to be an object')
  checkMembers(options, OPTIONS, '')
  const core: CoreOptions = {}
  const page: Record<string, unknown> = {}
  const wire: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(options)) {
    if (value === undefined) continue
    const side = key in PAGE_OPTIONS ? page : key in WIRE_OPTIONS ? wire : core
    side[key] = value
  }
  if (isAdapter(core.storage)) {
    page.adapter = core.storage
    core.storage = 'adapter'
  }
  return { core, page: page as PageOptions<U, C>, wire: wireOptions(core, wire) }
}

/** Two of the exchanges are the core's own. */
function wireOptions(core: CoreOptions, wire: object): WireOptions | undefined {
  const { exchange = 'body' } = core as SessionOptions
  const isOwn = exchange === 'body' || exchange === 'sliding'
  if (isOwn && Object.keys(wire).length === 0) return undefined
  return { ...wire, exchange: typeof exchange === 'string' ? { style: exchange } : exchange }
}

/** Equal for equal options, in whatever order they were written: `JSON.stringify` keeps to that of its list. */
export function fingerprint(core: CoreOptions): string {
  return JSON.stringify(
    core,
    Object.keys({ ...CORE_OPTIONS, ...ENDPOINTS, ...ENDPOINT, ...EXCHANGE, ...FIELDS }),
  )
}

/** An absent option and one that is `undefined` are the same. */
function checkMembers(value: Record<string, unknown>, checks: Record<string, Check>, prefix: string): void {
  for (const [name, member] of Object.entries(value)) {
    const key = prefix + name
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined
    if (check === undefined) throw new ConfigError(key, `there is no option "${key}"`)
    if (member === undefined) continue
    const expected = check(member, key)
    if (expected !== undefined) throw new ConfigError(key, `the option "${key}" has to be ${expected}`)
  }
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isWebUrl(value: unknown, base?: string): boolean {
  try {
    return isText(value) && isWeb(new URL(value as string, base))
  } catch {
    return false
  }
}
