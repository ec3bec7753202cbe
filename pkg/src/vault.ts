import type { StorageAdapter } from './options.js'

/** A row as it is stored. */
interface Row {
  sid: string
  ended?: unknown
  /** The tokens and what is known of them. */
  record?: unknown
  /** What stands in the record's place. */
  sealed?: string | undefined
}

/** What the core seals its tokens with. */
export interface Vault {
  /** Does one thing after the other, so that nothing overtakes while a record is sealed or opened. */
  inTurn<T>(work: () => Promise<T>): Promise<T>
  /** Puts `record` away, if there is one; the text is what is to stand in its place. */
  seal(sid: string, record: unknown): Promise<string | undefined>
  /** `row` with `sealed` in its record's place; without a record, a living row keeps what it had `before`. */
  withSealed(row: Row, sealed?: string, before?: Row): Row
  /** After a change of the row: drops what it does not bear any more, and opens what it bears. */
  settle(before?: Row, after?: Row, sid?: string, sealed?: string): Promise<unknown>
  /** Writes the copy. Best effort. */
  writeCopy(storage: Storage, key: string, row: Row): void
  /** The record of a copy. */
  openCopy(text: string): Promise<unknown>
}

/** Where a vault puts texts. */
interface Chest {
  put(sid: string, text: string): Promise<string>
  get(sid: string, sealed: string): Promise<string | null | undefined>
  /** `sealed` is not stored any more; `isOver`: the session of that name neither. */
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
  let turns: Promise<unknown> = Promise.resolve()

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = turns.then(work)
    turns = turn.catch(() => {})
    return turn
  }

  async function seal(sid: string, record: unknown) {
    if (record === undefined) return undefined
    const text = JSON.stringify(record)
    if (text !== last.text) last = { text, sealed: await chest.put(sid, text) }
    return last.sealed
  }

  async function open({ sid, sealed }: Row): Promise<unknown> {
    if (!sealed) return undefined
    const text = sealed === last.sealed ? last.text : await chest.get(sid, sealed)
    return text == null ? undefined : JSON.parse(text)
  }

  function drop(sid: string, sealed: string, isOver: boolean) {
    if (sealed === last.sealed) last = { text: '', sealed: '' }
    // Best effort: what stays behind opens nothing.
    chest.drop(sid, sealed, isOver).catch(() => {})
  }

  const withSealed = ({ record, ...row }: Row, sealed?: string, before?: Row): Row => ({
    ...row,
    sealed: record ? sealed : row.ended ? undefined : before?.sealed,
  })

  async function settle(before?: Row, after?: Row, sid?: string, sealed?: string) {
    for (const [owner, text] of [
      [before?.sid, before?.sealed],
      [sid, sealed],
    ]) {
      if (owner && text && text !== after?.sealed) drop(owner, text, after?.sid !== owner || !!after.ended)
    }
    return after && open(after)
  }

  return {
    inTurn,
    seal,
    withSealed,
    settle,
    writeCopy(storage, key, row) {
      inTurn(async () => {
        storage.setItem(key, JSON.stringify(withSealed(row, await seal(row.sid, row.record))))
      }).catch(() => {})
    },
    openCopy: async text => open(JSON.parse(text)),
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
