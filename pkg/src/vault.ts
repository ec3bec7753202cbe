import { within } from './deadline.js'
import type { StorageAdapter } from './options.js'

/** A row as it is stored. */
interface Row {
  sid: string
  generation?: number
  ended?: unknown
  /** The tokens and what is known of them. */
  record?: unknown
  /** What stands in the record's place. */
  sealed?: string | undefined
}

/** What the core seals its tokens with. */
export interface Vault {
  /**
   * Changes the row by `run`, which hands it to a function that returns the one to write, if any, and tells it as it was
   * before and is after. The row bears `record`, of the session `sid`, sealed. Returns the record that the row bears;
   * `true` where it bears none, and null where nothing was written and what is there cannot be opened.
   */
  change(run: Run, decide: Decide, sid?: string, record?: unknown): Promise<unknown>
  /** Writes the copy. Best effort; at once where there is nothing to seal. */
  writeCopy(storage: Storage, key: string, row: Row): void
  /** The record of a copy. */
  openCopy(text: string): Promise<unknown>
}

type Decide = (before?: Row) => Row | undefined

/** One transaction. Rejects unless it was completed. */
type Run = (decide: Decide) => Promise<[before?: Row, after?: Row]>

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
  const find = (sid: string) => inKeys<CryptoKey>('readonly', (keys, found) => found(keys.get(sid)))
  return vaultOf({
    async put(sid, text) {
      const key =
        (await find(sid)) ??
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
      const key = await find(sid)
      if (key === undefined) return undefined
      const bytes = Uint8Array.from(atob(sealed), character => character.charCodeAt(0))
      const [iv, data] = [bytes.subarray(0, IV_LENGTH), bytes.subarray(IV_LENGTH)]
      return new TextDecoder().decode(await subtle.decrypt({ name: algorithm, iv }, key, data))
    },
    drop: async (sid, _sealed, isOver) =>
      isOver &&
      inKeys('readwrite', keys => {
        keys.delete(sid)
        complete(keys)
      }),
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

/** How long a text may take to be put away or found, in milliseconds. */
const PATIENCE = 1_000

const NOTHING = { text: '', sealed: '' }

/** What was put away for a session, and under what. */
interface Entry {
  sid: string
  sealed?: string | undefined
}

function vaultOf(chest: Chest): Vault {
  // The row and its copy are written with the same record, one after the other.
  let last = NOTHING
  let opened = NOTHING
  /** Put away for a row that may not have come to bear them. */
  let loose: Entry[] = []
  /** A row has been had: its copy is no more than that. */
  let hasRow = false
  let copies = 0
  let turns: Promise<unknown> = Promise.resolve()

  /** One after the other, so that nothing is dropped that is about to be borne. Each `work` takes a bounded time. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = turns.then(work)
    turns = turn.catch(() => {})
    return turn
  }

  async function seal(sid: string, record: unknown): Promise<string> {
    const text = JSON.stringify(record)
    if (text !== last.text) {
      const putting = chest.put(sid, text)
      // What comes too late nobody will look for.
      const tooLate = () => {
        putting.then(sealed => drop({ sid, sealed }, false)).catch(() => {})
        return new Error('timeout')
      }
      last = { text, sealed: await within(putting, PATIENCE, tooLate) }
    }
    return last.sealed
  }

  async function open({ sid, sealed }: Entry): Promise<unknown> {
    if (!sealed) return undefined
    const known = [last, opened].find(entry => entry.sealed === sealed)
    const text = known?.text ?? (await within(chest.get(sid, sealed), PATIENCE, () => new Error('timeout')))
    if (text == null) return undefined
    opened = { text, sealed }
    return JSON.parse(text)
  }

  function drop({ sid, sealed }: Entry, isOver: boolean) {
    if (!sealed) return
    if (sealed === last.sealed) last = NOTHING
    if (sealed === opened.sealed) opened = NOTHING
    // Best effort: what stays behind opens nothing.
    chest.drop(sid, sealed, isOver).catch(() => {})
  }

  /** The end of `sid` is written, or about to be. */
  function dropLoose(sid: string) {
    for (const entry of loose) if (entry.sid === sid) drop(entry, true)
    loose = loose.filter(entry => entry.sid !== sid)
  }

  /** After a change of the row: drops what it does not bear any more, and opens what it bears. */
  async function settle(before?: Row, after?: Row, offered: Entry[] = []): Promise<unknown> {
    hasRow = true
    if (after?.ended) dropLoose(after.sid)
    for (const entry of before ? [before, ...offered] : offered) {
      // A row that is missing says nothing of the session: a tab of it will write it anew.
      const isOver = after !== undefined && (after.sid !== entry.sid || !!after.ended)
      if (entry.sealed !== after?.sealed) drop(entry, isOver)
    }
    if (!after?.sealed) return true
    const record = await open(after).catch(() => undefined)
    return record ?? (after !== before || null)
  }

  return {
    async change(run, decide, sid = '', record) {
      if (record === undefined) {
        // Nothing is waited for: the page that signs out may be gone at any moment.
        const [before, after] = await run(before => {
          const row = decide(before)
          const isSame = row?.sid === before?.sid && row?.generation === before?.generation
          // A record from before there was a vault stays as it is until it is renewed.
          return row && isSame && !row.ended ? { ...row, sealed: before?.sealed } : row
        })
        return inTurn(() => settle(before, after))
      }
      return inTurn(async () => {
        const sealed = await seal(sid, record).catch(() => undefined)
        if (sealed === undefined) return null
        const offered = [...loose, { sid, sealed }]
        // It is not known whether a transaction that failed was written after all.
        loose = offered
        const [before, after] = await run(before => {
          const row = decide(before)
          return row && withSealed(row, sealed)
        })
        loose = []
        return settle(before, after, offered)
      })
    },
    writeCopy(storage, key, row) {
      const number = ++copies
      const write = (sealed?: string) => {
        // A later one has been written at once.
        if (number !== copies) return
        const before = entryOf(storage.getItem(key))
        storage.setItem(key, JSON.stringify(withSealed(row, sealed)))
        if (row.ended) dropLoose(row.sid)
        // Otherwise it goes when the row does not bear it any more.
        const isOver = !!row.ended && before.sid === row.sid
        if ((isOver || !hasRow) && before.sealed !== sealed) drop(before, isOver)
      }
      const written = row.record
        ? inTurn(async () => write(await seal(row.sid, row.record)))
        : new Promise<void>(resolve => resolve(write()))
      written.catch(() => {})
    },
    async openCopy(text) {
      const row: Row = JSON.parse(text)
      return row.record ?? open(row)
    },
  }
}

/** `row` with `sealed` in its record's place. */
const withSealed = ({ record: _, ...row }: Row, sealed?: string): Row => ({ ...row, sealed })

/** What a copy bears that may be missing or damaged. */
function entryOf(text: string | null): Entry {
  try {
    const { sid, sealed } = JSON.parse(text ?? '')
    return { sid, sealed }
  } catch {
    return { sid: '' }
  }
}

/** The key of `sid`; `key`, which becomes it, where there is none. In one transaction, or two tabs would have two. */
async function keep(sid: string, key: CryptoKey): Promise<CryptoKey> {
  const kept = await inKeys<CryptoKey>('readwrite', (keys, found) => {
    const present = keys.get(sid)
    present.onsuccess = () => {
      if (present.result === undefined) keys.put(key, sid)
      found(present)
      complete(keys)
    }
  })
  return kept ?? key
}

/** From here on the page is not needed, should it be frozen or closed. Older browsers find out by themselves. */
const complete = (keys: IDBObjectStore) => keys.transaction.commit?.()

/**
 * One transaction on the keys, in a database that is open for no longer than that; what it found. A page that stands
 * still gives it up, since it would keep all tabs waiting until the page goes on.
 */
async function inKeys<T>(
  mode: IDBTransactionMode,
  work: (keys: IDBObjectStore, found: (request: IDBRequest<T | undefined>) => void) => void,
): Promise<T | undefined> {
  const opening = indexedDB.open('session-warden-keys', 1)
  opening.onupgradeneeded = () => opening.result.createObjectStore('keys')
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    opening.onsuccess = () => resolve(opening.result)
    opening.onerror = () => reject(opening.error)
  })
  const standStill = new AbortController()
  try {
    const transaction = database.transaction('keys', mode)
    const giveUp = () => {
      try {
        transaction.abort()
      } catch {
        // It completes without the page.
      }
    }
    for (const event of ['freeze', 'pagehide'])
      addEventListener(event, giveUp, { capture: true, signal: standStill.signal })
    return await new Promise((resolve, reject) => {
      let request: IDBRequest<T | undefined> | undefined
      work(transaction.objectStore('keys'), found => {
        request = found
      })
      transaction.oncomplete = () => resolve(request?.result)
      transaction.onabort = () => reject(transaction.error)
    })
  } finally {
    standStill.abort()
    database.close()
  }
}
