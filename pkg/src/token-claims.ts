/** The claims of the token last seen, decoded once for each token, so that a snapshot stays cheap. */
export class TokenClaims {
  #token: string | undefined
  #claims: object | null = null

  /** The claims of `token`; of the last one where there is none at hand. */
  of(token: string | undefined): object | null {
    if (token !== undefined && token !== this.#token) {
      this.#token = token
      this.#claims = readClaims(token)
    }
    return this.#claims
  }

  /** Nothing of a session stays behind. */
  forget(): void {
    this.#token = undefined
    this.#claims = null
  }
}

/**
 * The payload of a signed JWT, which has three parts. Null for a token that is opaque, encrypted or damaged. Not
 * verified: only the server that issued it can do that.
 */
export function readClaims(token: string): object | null {
  const [, payload, signature, ...more] = token.split('.')
  if (payload === undefined || signature === undefined || more.length > 0) return null
  try {
    const binary = atob(payload.replaceAll('-', '+').replaceAll('_', '/'))
    // `atob` gives one character for each byte, which garbles every name beyond ASCII.
    const bytes = Uint8Array.from(binary, character => character.charCodeAt(0))
    const claims: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return typeof claims === 'object' && !Array.isArray(claims) ? claims : null
  } catch {
    return null
  }
}
