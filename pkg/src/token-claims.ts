import type { payload } from './glue.js'

/** The claims of the token last seen, decoded once for each token, so that a snapshot stays cheap. */
export class TokenClaims {
  readonly #read: typeof payload
  #token: string | undefined
  #claims: object | null = null

  /** `read` says what the payload of a token is. */
  constructor(read: typeof payload) {
    this.#read = read
  }

  /** The claims of `token`; of the last one where there is none at hand. Null where they cannot be read. */
  of(token: string | undefined): object | null {
    if (token !== undefined && token !== this.#token) {
      this.#token = token
      const claims = this.#read(token)
      this.#claims = typeof claims === 'object' && !Array.isArray(claims) ? claims : null
    }
    return this.#claims
  }

  /** Nothing of a session stays behind. */
  forget(): void {
    this.#token = undefined
    this.#claims = null
  }
}
