import { generateKeyPairSync, sign } from 'node:crypto'

/** How Node names what an algorithm of JWS does. */
const ALGORITHMS = {
  RS256: { key: ['rsa', { modulusLength: 2048 }], hash: 'sha256', options: {} },
  ES256: { key: ['ec', { namedCurve: 'P-256' }], hash: 'sha256', options: { dsaEncoding: 'ieee-p1363' } },
  EdDSA: { key: ['ed25519'], hash: null, options: {} },
}

const encode = value => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Signs tokens as an auth server does, with a key pair of its own that is named `kid`. */
export class Signer {
  #pair
  #alg
  #kid

  constructor(alg, kid, { key = ALGORITHMS[alg].key } = {}) {
    this.#pair = generateKeyPairSync(...key)
    this.#alg = alg
    this.#kid = kid
  }

  /** The public key, as the server publishes it. */
  get jwk() {
    return { ...this.#pair.publicKey.export({ format: 'jwk' }), kid: this.#kid, alg: this.#alg, use: 'sig' }
  }

  /** The pair, as a server publishes it by mistake. */
  get privateJwk() {
    return { ...this.jwk, ...this.#pair.privateKey.export({ format: 'jwk' }) }
  }

  /** The public key as text, in the form that is mistaken for a secret. */
  get pem() {
    return this.#pair.publicKey.export({ type: 'spki', format: 'pem' })
  }

  /** A token that says `claims`, whose header differs by `header`. */
  token(claims, header = {}) {
    const signed = `${encode({ alg: this.#alg, kid: this.#kid, ...header })}.${encode(claims)}`
    const { hash, options } = ALGORITHMS[this.#alg]
    const signature = sign(hash, Buffer.from(signed), { key: this.#pair.privateKey, ...options })
    return `${signed}.${signature.toString('base64url')}`
  }
}
