import defaults from './defaults.json' with { type: 'json' }
import type { CoreOptions } from './glue.js'
import type { Endpoints, SessionOptions } from './options.js'

const { endpoints: PATHS, activityEvents: EVENTS, ...DURATIONS } = defaults

/** In the order in which the core reads them. */
const FIELDS = ['accessToken', 'refreshToken', 'expiresIn', 'expiresAt', 'user'] as const

/** The options as the core reads them: values without names. `canSeal`: there is a vault for those who need one. */
export function coreValues(options: CoreOptions, canSeal: boolean): unknown[] {
  const given = options as Omit<SessionOptions, 'storage'> & { storage?: string }
  const cannotEncrypt = given.storage === 'encrypted' && !canSeal
  return [
    ...entries(DURATIONS).map(([name, ms]) => given[name] ?? ms),
    given.promptEndsOn === 'stay',
    given.whenRejected === 'at-once',
    given.exchange === 'sliding',
    given.exchange === 'cookie',
    given.storage === 'memory' || cannotEncrypt,
    given.storage === 'session',
    cannotEncrypt,
    given.crossTab ?? true,
    given.frames,
    given.syntheticActivity,
    given.name ?? 'session',
    given.credentials ?? 'same-origin',
    given.baseUrl,
    ...entries(PATHS).flatMap(([name]) => {
      const { url, method } = endpointOf(name, given.endpoints)
      return [url, method]
    }),
    ...FIELDS.map(name => given.fields?.[name]),
    given.activityEvents ?? EVENTS,
  ]
}

/** In the order of the file. */
const entries = <T extends object>(object: T) => Object.entries(object) as [keyof T, T[keyof T]][]

/** Where to send what, with the method where one is given. */
export function endpointOf(
  name: keyof Endpoints,
  endpoints: Endpoints | undefined,
): { url: string; method: string | undefined } {
  const endpoint = endpoints?.[name] ?? (PATHS as Endpoints)[name] ?? ''
  return typeof endpoint === 'string'
    ? { url: endpoint, method: undefined }
    : { url: endpoint.url, method: endpoint.method }
}
