import { createLocalJWKSet, type JSONWebKeySet } from 'jose'
import { ConfigError } from './index.js'
import type { SignatureAlgorithm, VerifierOptions } from './verify-options.js'
import { isWeb } from './web-url.js'

/** Options that have been looked at. */
export interface ParsedVerifierOptions extends Required<Omit<VerifierOptions, Optional>> {
  jwksUrl: string | URL | undefined
  jwks: JSONWebKeySet | undefined
  issuer: string[] | undefined
  audience: string[] | undefined
  fetch: typeof fetch | undefined
}

type Optional = 'jwksUrl' | 'jwks' | 'issuer' | 'audience' | 'fetch'

const DEFAULTS = {
  algorithms: ['RS256', 'ES256', 'EdDSA', 'Ed25519'] as readonly SignatureAlgorithm[],
  leeway: 60_000,
  jwksPause: 30_000,
  jwksMaxAge: 600_000,
  jwksTimeout: 5_000,
}

const ALGORITHMS: readonly unknown[] = [
  ...['RS', 'PS', 'ES'].flatMap(family => [256, 384, 512].map(bits => `${family}${bits}`)),
  'EdDSA',
  'Ed25519',
]

type Check = [isRight: (value: unknown) => boolean, expected: string]

const isText = (value: unknown) => typeof value === 'string' && value !== ''

const isListOf = (value: unknown, isRight: (entry: unknown) => boolean) =>
  Array.isArray(value) && value.length > 0 && value.every(isRight)

const texts: Check = [
  value => isText(value) || isListOf(value, isText),
  'a string that is not empty, or a list of such',
]

const duration: Check = [
  value => Number.isFinite(value) && (value as number) >= 0,
  'a finite number of milliseconds, 0 or more',
]

const CHECKS: Record<keyof VerifierOptions, Check> = {
  jwksUrl: [isWebUrl, 'an http or https URL, or a path'],
  jwks: [isKeySet, 'a JWK Set: an object with a list of keys'],
  issuer: texts,
  audience: texts,
  algorithms: [
    value => isListOf(value, entry => ALGORITHMS.includes(entry)),
    `a list of some of ${ALGORITHMS.join(', ')}: who can verify HMAC could have made it`,
  ],
  leeway: duration,
  jwksPause: duration,
  jwksMaxAge: duration,
  jwksTimeout: duration,
  fetch: [value => typeof value === 'function', 'a function'],
}

/** Throws a {@link ConfigError} that names the first key at fault, and never repeats its value. */
export function parseVerifierOptions(options: VerifierOptions): ParsedVerifierOptions {
  if (typeof options !== 'object' || options === null)
    throw new ConfigError('options', 'the options have to be an object')
  // An absent option and one that is `undefined` are the same.
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  for (const [key, value] of given) {
    if (!Object.hasOwn(CHECKS, key)) throw new ConfigError(key, `there is no option "${key}"`)
    const [isRight, expected] = CHECKS[key as keyof VerifierOptions]
    if (!isRight(value)) throw new ConfigError(key, `the option "${key}" has to be ${expected}`)
  }
  const { jwksUrl, jwks, issuer, audience, fetch } = options
  if ((jwksUrl === undefined) === (jwks === undefined))
    throw new ConfigError('jwksUrl', 'one of the options "jwksUrl" and "jwks" is needed, and not both')
  return {
    ...DEFAULTS,
    ...(Object.fromEntries(given) as VerifierOptions),
    jwksUrl,
    jwks: jwks as JSONWebKeySet | undefined,
    issuer: listed(issuer),
    audience: listed(audience),
    fetch,
  }
}

function listed(value: string | readonly string[] | undefined): string[] | undefined {
  return value === undefined ? undefined : [value].flat()
}

function isWebUrl(value: unknown): boolean {
  try {
    // A path becomes whole when the keys are fetched: on a server, where modules are loaded too, there is no page.
    return (isText(value) || value instanceof URL) && isWeb(new URL(value as string, 'https://page.invalid'))
  } catch {
    return false
  }
}

function isKeySet(value: unknown): boolean {
  try {
    createLocalJWKSet(value as JSONWebKeySet)
    return true
  } catch {
    return false
  }
}
