/** How tokens are signed that a page can verify: with a key pair, of which the page has the public half. */
export type SignatureAlgorithm =
  | 'RS256'
  | 'RS384'
  | 'RS512'
  | 'PS256'
  | 'PS384'
  | 'PS512'
  | 'ES256'
  | 'ES384'
  | 'ES512'
  | 'EdDSA'
  | 'Ed25519'

/** A JWK Set (RFC 7517): public keys as a server publishes them. */
export interface PublicKeySet {
  /** The keys, each a JWK. */
  readonly keys: readonly object[]
}

/** What a verifier can be told: where the keys are, `jwksUrl` or `jwks`, and what else a token has to say. */
export interface VerifierOptions {
  /** Where the auth server publishes its keys, such as `/.well-known/jwks.json`; a path is the page's own server's. */
  jwksUrl?: string | URL
  /** The keys themselves, for an application that has them already. They are never fetched then. */
  jwks?: PublicKeySet
  /** Who has to have issued a token (`iss`): one of these. Not looked at by default. */
  issuer?: string | readonly string[]
  /** Whom a token has to be for (`aud`): one of these. Not looked at by default. */
  audience?: string | readonly string[]
  /** The accepted algorithms. Default: `RS256`, `ES256`, `EdDSA` and its newer name `Ed25519`. HMAC is never accepted. */
  algorithms?: readonly SignatureAlgorithm[]
  /** By how many milliseconds this device's clock may differ from the server's. Default: 60,000. */
  leeway?: number
  /**
   * For how many milliseconds the keys are not fetched again: neither for a token whose key is not among them, nor after
   * a failure. Default: 30,000.
   */
  jwksPause?: number
  /** After how many milliseconds the keys are fetched anew, and one that is gone is no longer accepted. Default: 600,000. */
  jwksMaxAge?: number
  /** How many milliseconds a fetch of the keys may take. Default: 5,000. */
  jwksTimeout?: number
  /** What fetches the keys. Default: the page's `fetch`. */
  fetch?: typeof fetch
}
