import type { StorageAdapter } from './options.js'

/** What the core seals its tokens with. `record` is plain data. */
export interface Vault {
  /** Puts `record` away; the text is what stands in its place. */
  seal(sid: string, record: unknown): Promise<string>
  /** The record that `sealed` stands for; undefined where it is gone. */
  open(sid: string, sealed: string): Promise<unknown>
  /** `sealed` is not stored any more; `isOver`: the session of that name neither. */
  drop(sid: string, sealed: string, isOver: boolean): void
}

/** The same for texts. */
interface Chest {
  put(sid: string, text: string): Promise<string>
  get(sid: string, sealed: string): Promise<string | null | undefined>
  drop(sid: string, sealed: string, isOver: boolean): Promise<unknown>
}

/** Encrypts with a key that no script can read, one for each session, which is thrown away with it. */
export function encryptedVault(): Vault | undefined {
  // Not on plain http.
  const subtle = globalThis.crypto?.subtle as SubtleCrypto | undefined
  if (subtle === undefined || typeof indexedDB === 'undefined') return undefined
  const algorithm = 'AES-GCM'
  return vaultOf({
    async put(sid, text) {
      const key =
        (await keys<CryptoKey>('readonly', all => all.get(sid))) ??
        (await keep(
          sid,
          await subtle.generateKey({ name: algorithm, length: 256 }, false, ['encrypt', 'decrypt']),
        ))
      // Never the same twice under one key (NIST SP 800-38D, section 8).
      const iv = crypto.getRandomValues(new Uint8Array(IV_LENGTH))
      const sealed = await subtle.encrypt({ name: algorithm, iv }, key, new TextEncoder().encode(text))
      return btoa(String.fromCharCode(...iv, ...new Uint8Array(sealed)))
    },
    async get(sid, sealed) {
      const key = await keys<CryptoKey | undefined>('readonly', all => all.get(sid))
      if (key === undefined) return undefined
      const bytes = Uint8Array.from(atob(sealed), character => character.charCodeAt(0))
      const [iv, data] = [bytes.subarray(0, IV_LENGTH), bytes.subarray(IV_LENGTH)]
      return new TextDecoder().decode(await subtle.decrypt({ name: algorithm, iv }, key, data))
    },
    drop: async (sid, _sealed, isOver) => isOver && keys('readwrite', all => all.delete(sid)),
  })
}

/** Keeps each text in the application's own store, under a name of its own, so that no tab overwrites another's. */
export function adapterVault(name: string, adapter: StorageAdapter): Vault {
  const key = (sid: string, id: string) => `session-warden:${name}:${sid}:${id}`
  return vaultOf({
    async put(sid, text) {
      const id = Array.from(crypto.getRandomValues(new Uint32Array(2)), part => part.toString(36)).join('')
      await adapter.setItem(key(sid, id), text)
      return id
    },
    get: async (sid, id) => adapter.getItem(key(sid, id)),
    drop: async (sid, id) => adapter.removeItem(key(sid, id)),
  })
}

const IV_LENGTH = 12

function vaultOf(chest: Chest): Vault {
  // The row and its copy are written with the same record, one after the other.
  let last = { text: '', sealed: '' }
  return {
    async seal(sid, record) {
      const text = JSON.stringify(record)
      if (text !== last.text) last = { text, sealed: await chest.put(sid, text) }
      return last.sealed
    },
    async open(sid, sealed) {
      const text = sealed === last.sealed ? last.text : await chest.get(sid, sealed)
      return text == null ? undefined : JSON.parse(text)
    },
    drop(sid, sealed, isOver) {
      if (sealed === last.sealed) last = { text: '', sealed: '' }
      // Best effort: what stays behind opens nothing.
      chest.drop(sid, sealed, isOver).catch(() => {})
    },
  }
}

async function keep(sid: string, key: CryptoKey): Promise<CryptoKey> {
  await keys('readwrite', all => all.put(key, sid))
  return key
}

/** One request to the store of keys, in a database that is open for no longer than that. */
async function keys<T>(mode: IDBTransactionMode, work: (all: IDBObjectStore) => IDBRequest): Promise<T> {
  const opening = indexedDB.open('session-warden-keys', 1)
  opening.onupgradeneeded = () => opening.result.createObjectStore('keys')
  const database = await settled<IDBDatabase>(opening)
  try {
    return await settled<T>(work(database.transaction('keys', mode).objectStore('keys')))
  } finally {
    database.close()
  }
}

function settled<T>(request: IDBRequest): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}
