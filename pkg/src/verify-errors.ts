import { SessionError } from './index.js'

// The kinds of error of `session-warden/verify`. They are not in the package's own file, which every page loads.

/** What was given is no signed JWT that could be verified. */
export class NotVerifiableError extends SessionError {
  declare readonly code: 'not-verifiable'
  /**
   * `opaque`: it is no JWT. `encrypted`: only the server can read it. `malformed`: a JWT that cannot be read. `critical`:
   * it asks for an extension (`crit`), and there is none here.
   */
  readonly reason: 'opaque' | 'encrypted' | 'malformed' | 'critical'

  /** There is nothing to verify, for this `reason`. */
  constructor(reason: NotVerifiableError['reason'], message: string) {
    super('not-verifiable', message)
    this.reason = reason
  }
}

/** The token's algorithm is not accepted, whatever its signature is. */
export class AlgorithmRefusedError extends SessionError {
  declare readonly code: 'algorithm-refused'
  /**
   * `none`: it is not signed. `hmac`: whoever can verify it could have made it, hence no page can have its key.
   * `not-allowed`: it is not one of the verifier's `algorithms`.
   */
  readonly reason: 'none' | 'hmac' | 'not-allowed'

  /** The algorithm is refused, for this `reason`. */
  constructor(reason: AlgorithmRefusedError['reason'], message: string) {
    super('algorithm-refused', message)
    this.reason = reason
  }
}

/** The server publishes no key of the token's name (`kid`) and algorithm. */
export class UnknownKeyError extends SessionError {
  declare readonly code: 'unknown-key'

  /** No key fits. */
  constructor() {
    super('unknown-key', 'none of the published keys is for this token')
  }
}

/** The signature is not one of the server's: the token was changed, or somebody else made it. */
export class BadSignatureError extends SessionError {
  declare readonly code: 'bad-signature'

  /** The signature does not fit. */
  constructor() {
    super('bad-signature', "the token's signature does not fit")
  }
}

/** The token is the server's, and no longer good. */
export class TokenExpiredError extends SessionError {
  declare readonly code: 'token-expired'
  /** When it expired, in milliseconds since the epoch, by the server's clock. */
  readonly expiredAt: number

  /** It was good until `expiredAt`. */
  constructor(expiredAt: number) {
    super('token-expired', 'the token has expired')
    this.expiredAt = expiredAt
  }
}

/** The token is the server's, and not good yet: or this device's clock is behind. */
export class TokenNotYetValidError extends SessionError {
  declare readonly code: 'token-not-yet-valid'
  /** The claim that says so. */
  readonly claim: 'nbf' | 'iat'
  /** From when it is good, in milliseconds since the epoch, by the server's clock. */
  readonly validFrom: number

  /** Its `claim` lies in the future. */
  constructor(claim: TokenNotYetValidError['claim'], validFrom: number) {
    super('token-not-yet-valid', `the token's "${claim}" lies in the future`)
    this.claim = claim
    this.validFrom = validFrom
  }
}

/** The token is the server's, and a claim is not as it has to be: such as a token for another audience. */
export class ClaimRefusedError extends SessionError {
  declare readonly code: 'claim-refused'
  /** The claim: `iss`, `aud`, `exp`, … */
  readonly claim: string
  /** Whether it is missing, not of its type, or another than what is asked for. */
  readonly reason: 'missing' | 'malformed' | 'mismatch'

  /** The claim is refused, for this `reason`. */
  constructor(claim: string, reason: ClaimRefusedError['reason']) {
    super('claim-refused', `the token's "${claim}" is refused: ${reason}`)
    this.claim = claim
    this.reason = reason
  }
}

/** The server's keys could not be had or cannot be used; `cause` says why. Says nothing about the token. */
export class KeysUnavailableError extends SessionError {
  declare readonly code: 'keys-unavailable'
  /** Before when they are not asked for again, in milliseconds since the epoch; null where that would not help. */
  readonly retryAt: number | null

  /** No key for now. */
  constructor(retryAt: number | null, cause: SessionError) {
    super('keys-unavailable', `no key to verify with: ${cause.message}`, { cause })
    this.retryAt = retryAt
  }
}

/** This browser cannot verify the token. Says nothing about the token. */
export class CryptoUnavailableError extends SessionError {
  declare readonly code: 'crypto-unavailable'
  /** `insecure-context`: the page came by plain http. `algorithm`: this browser does not have the token's. */
  readonly reason: 'insecure-context' | 'algorithm'

  /** It cannot be done here, for this `reason`. */
  constructor(reason: CryptoUnavailableError['reason'], message: string) {
    super('crypto-unavailable', message)
    this.reason = reason
  }
}
