import defaults from './defaults.json' with { type: 'json' }
import type { CoreOptions } from './glue.js'
import type { Endpoints, SessionOptions } from './options.js'

const { endpoints: PATHS, activityEvents: EVENTS, ...DURATIONS } = defaults

/** In the order of the file, in which the core reads them. */
const names = <T extends object>(object: T) => Object.keys(object) as (keyof T)[]

/** The options that are durations. */
export const DURATION_NAMES = names(DURATIONS)

/** The endpoints that the core asks for. */
export const ENDPOINT_NAMES = names(PATHS)

/** What members of answers are called; in the order in which the core reads them. */
export const FIELD_NAMES = ['accessToken', 'refreshToken', 'expiresIn', 'expiresAt', 'user'] as const

/** The options as the core reads them: values without names. `canSeal`: there is a vault for those who need one. */
export function coreValues(options: CoreOptions, canSeal: boolean): unknown[] {
  const given = options as Omit<SessionOptions, 'storage'> & { storage?: string }
  const cannotEncrypt = given.storage === 'encrypted' && !canSeal
  return [
    ...DURATION_NAMES.map(name => given[name] ?? DURATIONS[name]),
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
    ...ENDPOINT_NAMES.flatMap(name => {
      const { url, method } = endpointOf(name, given.endpoints)
      return [url, method]
    }),
    ...FIELD_NAMES.map(name => given.fields?.[name]),
    given.activityEvents ?? EVENTS,
  ]
}

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
