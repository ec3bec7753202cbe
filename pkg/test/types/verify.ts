// What a user of `session-warden/verify` writes. Compiled, never run.
import { type Claims, createSession, isSessionError } from 'session-warden'
import {
  createVerifier,
  type KeysUnavailableError,
  type Verifier,
  type VerifierOptions,
  verifySession,
} from 'session-warden/verify'

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<A, B>(_: Same<A, B>): void {}

interface AccountClaims {
  sub: string
}

const verifier = createVerifier({
  jwksUrl: new URL('https://auth.example.com/keys'),
  audience: ['shop'] as const,
})
same<typeof verifier, Verifier<Claims>>(true)
const own = createVerifier<AccountClaims>({
  jwks: { keys: [{ kty: 'OKP' }] },
  algorithms: ['EdDSA'],
  leeway: 0,
})
const claims = verifySession(createSession<{ id: string }, AccountClaims>(), own)
same<typeof claims, Promise<AccountClaims>>(true)
own.verify('a.b.c').then(({ sub }) => sub.length)

const options: VerifierOptions = { jwksUrl: '/keys', issuer: 'https://auth.example.com', fetch }
createVerifier(options)

export function explain(error: unknown): number | string | null {
  if (isSessionError(error, 'keys-unavailable')) {
    same<typeof error, KeysUnavailableError>(true)
    return error.retryAt
  }
  if (isSessionError(error, 'token-expired')) return error.expiredAt
  if (isSessionError(error, 'algorithm-refused')) {
    same<typeof error.reason, 'none' | 'hmac' | 'not-allowed'>(true)
    return error.reason
  }
  return null
}

// @ts-expect-error a page has no secret
createVerifier({ jwksUrl: '/keys', algorithms: ['HS256'] })
// @ts-expect-error no such option
createVerifier({ jwksUrl: '/keys', clockTolerance: 5 })
// @ts-expect-error durations are numbers
createVerifier({ jwksUrl: '/keys', leeway: '1 min' })
// @ts-expect-error keys are kept in a verifier
verifySession(createSession(), { jwksUrl: '/keys' })
// @ts-expect-error as everywhere: an option is there or absent
createVerifier({ jwksUrl: undefined })
