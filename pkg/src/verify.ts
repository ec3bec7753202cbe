import {
  decodeProtectedHeader,
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  jwtVerify,
} from 'jose'
import {
  BadAnswerError,
  type Claims,
  isSessionError,
  type Session,
  type SessionError,
  SignedOutError,
} from './index.js'
import { type ParsedVerifierOptions, parseVerifierOptions } from './parse-verify-options.js'
import {
  AlgorithmRefusedError,
  BadSignatureError,
  ClaimRefusedError,
  CryptoUnavailableError,
  KeysUnavailableError,
  NotVerifiableError,
  TokenExpiredError,
  TokenNotYetValidError,
  UnknownKeyError,
} from './verify-errors.js'
import { publicKeys } from './verify-keys.js'
import type { VerifierOptions } from './verify-options.js'

export {
  AlgorithmRefusedError,
  BadSignatureError,
  ClaimRefusedError,
  CryptoUnavailableError,
  KeysUnavailableError,
  NotVerifiableError,
  TokenExpiredError,
  TokenNotYetValidError,
  UnknownKeyError,
} from './verify-errors.js'
export type { PublicKeySet, SignatureAlgorithm, VerifierOptions } from './verify-options.js'

/** Verifies tokens with the keys that an auth server publishes. Keys that were fetched are kept here: make one, once. */
export interface Verifier<C = Claims> {
  /**
   * The claims of `token`, if it is signed with one of the server's keys, has not expired, and has the issuer and the
   * audience that are asked for. Rejects with `NotVerifiableError`, `AlgorithmRefusedError`, `UnknownKeyError`,
   * `BadSignatureError`, `TokenExpiredError`, `TokenNotYetValidError` or `ClaimRefusedError` where the token is not to be
   * trusted, and with `KeysUnavailableError`, `CryptoUnavailableError` or `EnvironmentError` where that cannot be found
   * out. No error holds any part of the token but the claims' names and instants.
   */
  verify(token: string): Promise<C>
}

/** A verifier. Nothing is fetched before its first use. Throws `ConfigError` for wrong options. */
export function createVerifier<C = Claims>(options: VerifierOptions): Verifier<C> {
  const parsed = parseVerifierOptions(options)
  const keys = publicKeys(parsed)
  return { verify: token => verify(token, keys, parsed) as Promise<C> }
}

/**
 * The claims of the session's access token, verified: of the one that a request would bring along now. Rejects as
 * {@link Verifier.verify} and `session.getAccessToken` do, and with `SignedOutError`. Changes nothing in the session.
 */
export async function verifySession<C>(
  session: Pick<Session<unknown, unknown>, 'getAccessToken'>,
  verifier: Verifier<C>,
): Promise<C> {
  const token = await session.getAccessToken()
  if (token === null) throw new SignedOutError('nobody is signed in, so there is no token to verify')
  return verifier.verify(token)
}

async function verify(
  token: string,
  keys: JWTVerifyGetKey,
  { algorithms, issuer, audience, leeway }: ParsedVerifierOptions,
): Promise<JWTPayload> {
  requireVerifiable(token)
  // Not on plain http.
  if ((globalThis.crypto?.subtle as SubtleCrypto | undefined) === undefined)
    throw new CryptoUnavailableError('insecure-context', 'a page verifies nothing unless it came by https')
  const options: JWTVerifyOptions = {
    algorithms: [...algorithms],
    clockTolerance: leeway / 1_000,
    requiredClaims: ['exp'],
    ...(issuer && { issuer }),
    ...(audience && { audience }),
  }
  const claims = await claimsOf(token, keys, options).catch(error => {
    throw sessionError(error)
  })
  // Which jose looks at only where tokens have a greatest age.
  if (claims.iat !== undefined && claims.iat * 1_000 > Date.now() + leeway)
    throw new TokenNotYetValidError('iat', claims.iat * 1_000)
  return claims
}

/** Before any key is fetched: whoever made the token chose what its header says. */
function requireVerifiable(token: string): void {
  const parts = typeof token === 'string' ? token.split('.').length : 0
  if (parts === 5) throw new NotVerifiableError('encrypted', 'only the server can read an encrypted token')
  if (parts !== 3)
    throw new NotVerifiableError('opaque', 'the token is no JWT: only the server knows what it says')
  const { alg, crit } = headerOf(token)
  if (crit !== undefined)
    throw new NotVerifiableError('critical', 'the token asks for an extension that is unknown here')
  if (typeof alg !== 'string') throw malformed()
  if (/^none$/i.test(alg)) throw new AlgorithmRefusedError('none', 'the token is not signed')
  if (alg.startsWith('HS'))
    throw new AlgorithmRefusedError(
      'hmac',
      'the token is signed with a secret (HMAC): a page that could verify it could make others',
    )
}

function headerOf(token: string) {
  try {
    return decodeProtectedHeader(token)
  } catch {
    throw malformed()
  }
}

const malformed = () => new NotVerifiableError('malformed', 'the token cannot be read')

async function claimsOf(
  token: string,
  keys: JWTVerifyGetKey,
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  try {
    return (await jwtVerify(token, keys, options)).payload
  } catch (error) {
    if ((error as Failure).code !== 'ERR_JWKS_MULTIPLE_MATCHING_KEYS') throw error
    return claimsByAnyOf(error as AsyncIterable<CryptoKey>, token, options)
  }
}

/** Several keys may bear one name, or a token none: then it is one of these that fits. */
async function claimsByAnyOf(
  keys: AsyncIterable<CryptoKey>,
  token: string,
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  let last: unknown
  for await (const key of keys) {
    try {
      return (await jwtVerify(token, key, options)).payload
    } catch (error) {
      if ((error as Failure).code !== 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED') throw error
      last = error
    }
  }
  throw last
}

/** What jose's errors have, and those of the browser's cryptography. */
interface Failure {
  code?: string
  name?: string
  claim?: string
  reason?: string
  payload?: JWTPayload
}

/** Never with jose's error as its cause, which holds the claims. */
function sessionError(error: unknown): SessionError {
  if (isSessionError(error)) return error
  const { code, name, claim = '', reason, payload } = (error ?? {}) as Failure
  switch (code) {
    case 'ERR_JWS_INVALID':
    case 'ERR_JWT_INVALID':
      return malformed()
    case 'ERR_JOSE_ALG_NOT_ALLOWED':
      return new AlgorithmRefusedError('not-allowed', "the token's algorithm is none of the accepted ones")
    case 'ERR_JWKS_NO_MATCHING_KEY':
      return new UnknownKeyError()
    case 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED':
      return new BadSignatureError()
    case 'ERR_JWT_EXPIRED':
      return new TokenExpiredError((payload?.exp as number) * 1_000)
    case 'ERR_JWT_CLAIM_VALIDATION_FAILED':
      if (claim === 'nbf' && reason === 'check_failed')
        return new TokenNotYetValidError(claim, (payload?.nbf as number) * 1_000)
      return new ClaimRefusedError(claim, REASONS[reason ?? ''] ?? 'mismatch')
  }
  // Ed25519 came to the browsers last.
  if (name === 'NotSupportedError')
    return new CryptoUnavailableError('algorithm', "this browser does not have the token's algorithm")
  // All that is left is about the key: too short, private, or not what it says it is.
  return new KeysUnavailableError(null, new BadAnswerError("the server's key for this token cannot be used"))
}

const REASONS: Record<string, ClaimRefusedError['reason']> = { missing: 'missing', invalid: 'malformed' }
