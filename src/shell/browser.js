// What a browser offers as promises, callbacks and events. The bindings for it would take a page three times as many bytes,
// and the Web Locks' are not stable yet. Nothing is decided here.

const DATABASE = 'session-warden'
const ROWS = 'rows'

let opening
/** The transactions under way. */
const transactions = new Set()
let isFrozen = false
let freezes = 0

/** 128 random bits from the browser's own source, as hexadecimal. Not `randomUUID`, which plain http does not have. */
export const randomId = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, '0')).join('')

/** A worker has neither, and nothing happens to it that is listened for here. */
const { window, document } = globalThis

export const isVisible = () => !document?.hidden

/** Listens passively; what it returns ends that, as with the others below. */
function listen(target, event, react, capture = false) {
  target?.addEventListener(event, react, { capture, passive: true })
  return () => target?.removeEventListener(event, react, capture)
}

const endAll = stops => () => stops.forEach(stop => stop())

/**
 * Tells `react` what becomes of the page. 0: visible, 1: hidden, 2: online, 3: offline, 4: frozen, 5: left, 6: back. No
 * `unload` and no standing `beforeunload`: either keeps a page out of the back-forward cache.
 */
export function watchPage(react) {
  let isAway = false
  // A session that was disposed of while the page was kept did not hear of its return.
  freeze(false)
  const leave = turn => {
    isAway = true
    react(turn)
    freeze(true)
  }
  const come = () => {
    isAway = false
    freeze(false)
    react(6)
  }
  const seen = () => {
    // A page that was kept may be seen before it is told that it is shown again.
    if (isAway) come()
    react(0)
  }
  return endAll([
    listen(document, 'visibilitychange', () => (document.hidden ? react(1) : seen())),
    listen(window, 'focus', () => document.hidden || seen()),
    listen(window, 'online', () => react(2)),
    listen(window, 'offline', () => react(3)),
    listen(document, 'freeze', () => leave(4)),
    listen(document, 'resume', come),
    // Some browsers keep a page with its transactions under way.
    listen(window, 'pagehide', () => leave(5)),
    listen(window, 'pageshow', ({ persisted }) => persisted && come()),
  ])
}

/** Tells `react` of signs of the user: true. False: a frame has loaded, and its new window is listened to by nobody. */
export function watchActivity(names, isFramed, isSynthetic, react) {
  // A script can make events, but not the user.
  const hear = ({ isTrusted }) => (isTrusted || isSynthetic) && react(true)
  const windows = isFramed ? [window, ...frames()] : [window]
  const stops = windows.flatMap(target => names.map(name => listen(target, name, hear, true)))
  // The window never hears of it.
  if (isFramed) stops.push(listen(document, 'load', () => react(false), true))
  return endAll(stops)
}

/** The windows of all frames of the same origin, and of the frames in them. Others throw at the first look. */
const frames = (window = globalThis) =>
  Array.from({ length: window.length }, (_, index) => window[index]).flatMap(frame => {
    try {
      return frame.document && [frame, ...frames(frame)]
    } catch {
      return []
    }
  })

/** Tells `react` the key and the value that another tab has stored. */
export const watchStorage = react => listen(window, 'storage', ({ key, newValue }) => react([key, newValue]))

/** Tells `react` of messages, which are arrays. */
export const watchChannel = (channel, react) =>
  listen(channel, 'message', ({ data }) => Array.isArray(data) && react(data))

/** A member of what may be no object, or refuse. */
export function get(object, name) {
  try {
    return Reflect.get(object, name)
  } catch {}
}

export function set(object, name, value) {
  object[name] = value
}

/** Writing is the only proof: reading the property may throw, and a full or private store refuses later. */
export function canStore(storage, key) {
  try {
    globalThis[storage].setItem(key, '')
    globalThis[storage].removeItem(key)
    return true
  } catch {
    return false
  }
}

/** The port is in the name: cookies are one jar for all of a host's ports, and each port is an origin of its own. */
const cookieName = name => `${encodeURIComponent(name + location.port)}=`

const tabMark = name => `${name}:mark`

/** What the browser is marked with: a cookie without an expiry goes when it is closed. */
export function readMark(name) {
  try {
    const start = cookieName(name)
    const cookie = document.cookie.split('; ').find(cookie => cookie.startsWith(start))
    return cookie?.slice(start.length) || (sessionStorage.getItem(tabMark(name)) ?? undefined)
  } catch {}
}

export function mark(name, text) {
  writeCookie(name, text)
  // Without cookies the mark is each tab's own: a new tab has to find another that lives.
  if (readMark(name) !== text) attempt(() => sessionStorage.setItem(tabMark(name), text))
}

export function unmark(name) {
  writeCookie(name, '; max-age=0')
  attempt(() => sessionStorage.removeItem(tabMark(name)))
}

const writeCookie = (name, text) =>
  attempt(() => {
    const secure = location.protocol === 'https:' ? '; secure' : ''
    document.cookie = `${cookieName(name)}${text}; path=/; samesite=strict${secure}`
  })

/** For what a browser may refuse. */
function attempt(work) {
  try {
    work()
  } catch {}
}

/** The database, opened once. Forgotten when it closes or fails, so that the next call opens it again. */
function database() {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1)
    request.onupgradeneeded = () => request.result.createObjectStore(ROWS)
    request.onerror = () => reject(request.error)
    request.onsuccess = () => {
      const open = request.result
      // A connection that stays open would block a newer version of the library, and "clear site data".
      open.onversionchange = open.onclose = () => {
        opening = undefined
        open.close()
      }
      resolve(open)
    }
  })
  return opening
}

/** `work`, or a rejection after so many milliseconds: some browsers never answer. */
function within(milliseconds, work) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(reject, milliseconds, 'timeout')
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}

/**
 * One transaction on the row `name`: `decide` gets the row and returns the one to write, or undefined. `done` is told
 * whether the transaction is complete, which alone says that the row is written. Given up, it writes nothing.
 *
 * With a vault, the row bears the `record` of the session `sid` sealed, and in place of `true` `done` is told the record
 * that the row bears, where `decide` has not seen it. It is told null of a failure that says nothing of the store.
 */
export function transact(name, write, milliseconds, decide, done, vault, sid, record) {
  const seen = freezes
  const run = decide => change(name, write, milliseconds, decide)
  const changed = vault ? vault.change(run, decide, sid, record) : run(decide)
  changed.then(
    result => done(vault ? result : true),
    () => done(isFrozen || seen < freezes ? null : false),
  )
}

/**
 * A page that stands still gives up what is under way in the database, and begins nothing more there: its transaction
 * would keep all tabs waiting until the page goes on.
 */
function freeze(begins) {
  isFrozen = begins
  if (!begins) return
  freezes++
  for (const transaction of transactions) attempt(() => transaction.abort())
}

/** All that this version knows of a row. */
const KNOWN = 'v version sid generation at ended record sealed refused startedAt activity sending cooldown'.split(' ')

/** What a later version keeps with a session stays with it. */
const unknown = (before, after) =>
  before?.sid === after.sid && !after.ended
    ? Object.fromEntries(Object.entries(before).filter(([name]) => !KNOWN.includes(name)))
    : {}

/** The row before and after. */
async function change(name, write, milliseconds, decide) {
  let transaction
  let givenUp = false
  const work = async () => {
    const open = await database()
    if (givenUp) return
    if (isFrozen) throw 'frozen'
    transaction = open.transaction(ROWS, write ? 'readwrite' : 'readonly')
    transactions.add(transaction)
    let before
    let after
    await new Promise((resolve, reject) => {
      const rows = transaction.objectStore(ROWS)
      const read = rows.get(name)
      read.onsuccess = () => {
        before = read.result
        after = decide(before)
        if (after !== undefined) rows.put({ ...unknown(before, after), ...after }, name)
        // From here on the page is not needed, should it be frozen. Older browsers find out by themselves.
        transaction.commit?.()
      }
      transaction.oncomplete = resolve
      transaction.onabort = () => reject(transaction.error)
    })
    return [before, after ?? before]
  }
  try {
    return await within(milliseconds, work())
  } catch (reason) {
    givenUp = true
    // A connection that hung or failed may do so for ever.
    opening = undefined
    attempt(() => transaction?.abort())
    throw reason
  } finally {
    transactions.delete(transaction)
  }
}

/**
 * Calls `work`, which says whether it wrote to `storage`, while no other tab has its turn; then `done`.
 *
 * A lock does not make localStorage coherent: whoever gets it next may read what was there before. So writes are
 * numbered, and the last number is the name of another lock, which every tab sees at once: a tab that reads an older
 * number waits until it does not.
 */
export function fenced(name, storage, milliseconds, work, done) {
  const prefix = `${name}:write:`
  // What others wrote there may be anything.
  const count = text => (Number.isSafeInteger(+text) ? +text : 0)
  const written = () => count(storage.getItem(prefix))
  const abort = new AbortController()
  const timer = setTimeout(() => abort.abort(), milliseconds)
  let isTurn
  const turn = async () => {
    const { held } = await navigator.locks.query()
    isTurn = true
    const numbers = held.map(lock => (lock.name.startsWith(prefix) ? count(lock.name.slice(prefix.length)) : 0))
    const last = Math.max(0, ...numbers)
    // Timers of a page out of view are slow.
    const end = performance.now() + milliseconds
    while (written() < last && performance.now() < end) await pause(5)
    if (!work()) return
    const next = Math.max(last, written()) + 1
    storage.setItem(prefix, next)
    await new Promise(resolve => {
      const told = () => {
        resolve()
        // Also when the session is disposed of: what it wrote is not there for every tab yet.
        return pause(SETTLED)
      }
      navigator.locks.request(prefix + next, { ifAvailable: true }, told).catch(resolve)
    })
  }
  const request = async () => navigator.locks.request(`${name}:fence`, { signal: abort.signal }, turn)
  request()
    // Where locks are missing or refused there is no fence.
    .catch(() => isTurn || abort.signal.aborted || work())
    .finally(() => clearTimeout(timer))
    .then(done)
}

/** What is written to localStorage is there for every tab after so many milliseconds, ten times over. */
const SETTLED = 5_000

const pause = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds))

/** Writes the copy with its record sealed. Best effort. */
export const writeSealed = (storage, key, row, vault) => vault.writeCopy(storage, key, row)

/** Tells `done` the record that is sealed in the row which `text` is, or undefined. */
export function openSealed(text, milliseconds, vault, done) {
  within(milliseconds, vault.openCopy(text)).then(done, () => done())
}

/** Asks for the lock; `granted` is told once it is held. Returns what lets it go, or stops asking for it. */
export function hold(name, granted, refused) {
  const abort = new AbortController()
  let release
  const held = new Promise(resolve => {
    release = resolve
  })
  const request = async () =>
    navigator.locks.request(name, { signal: abort.signal }, lock => {
      // Some browsers call back with null where the request was refused.
      if (!lock) throw lock
      granted()
      return held
    })
  request().catch(refused)
  return () => {
    abort.abort()
    release()
  }
}

/**
 * One request: `done` hears its status, its body where that is a JSON object, how many milliseconds to wait for the
 * next, and whether a refusal is final (1) or not (0), where the page's own function tells; or what went wrong. Returns what cuts it short. A path is put behind `base`.
 */
export function exchange(fetch, base, url, method, bearer, body, credentials, keepalive, milliseconds, done) {
  const abort = new AbortController()
  const isWhole = base === undefined || /^(https?:|\/\/)/.test(url)
  const target = isWhole ? url : `${base.replace(/\/+$/, '')}/${url.replace(/^\/+/, '')}`
  request(fetch, target, method, bearer, body, credentials, keepalive, milliseconds, abort).then(done, () =>
    done('network'),
  )
  return () => abort.abort()
}

async function request(fetch, url, method, bearer, body, credentials, keepalive, milliseconds, abort) {
  const headers = { accept: 'application/json' }
  // An answer from a cache would be an old token; a redirect could carry one elsewhere.
  const init = { method, headers, credentials, keepalive, cache: 'no-store', redirect: 'error', signal: abort.signal }
  if (bearer) headers.authorization = `Bearer ${bearer}`
  if (method !== 'GET') {
    headers['content-type'] = 'application/json'
    init.body = JSON.stringify(body)
  }
  const work = async () => {
    // The page's own function may call the session back: not in the middle of what that is doing.
    await null
    // Looked up at call time, so that what the page puts in its place is used.
    const response = await (fetch ?? globalThis.fetch)(url, init)
    const json = parsed(await response.text())
    const isObject = json && typeof json === 'object' && !Array.isArray(json)
    const body = isObject ? json : undefined
    return [response.status, body, wait(response.headers.get('retry-after')), response.isFinal]
  }
  let isLeft = false
  const stop = listen(window, 'beforeunload', () => {
    isLeft = true
  })
  try {
    return await within(milliseconds, work())
  } catch (reason) {
    abort.abort()
    // A page that is left loses its requests before it goes. That is no word on the network, and nobody is to hear it from
    // the last moments of a page; but not every page goes that was about to.
    if (isLeft) await pause(LAST_MOMENTS)
    return reason === 'timeout' ? reason : 'network'
  } finally {
    stop()
  }
}

/** In milliseconds. */
const LAST_MOMENTS = 3_000

function parsed(text) {
  try {
    return JSON.parse(text)
  } catch {}
}

/** `Retry-After` in seconds or as a date, which is read against the page's clock (RFC 9110, section 10.2.3). */
function wait(text) {
  const seconds = parsed(text)
  if (typeof seconds === 'number') return Math.trunc(seconds) * 1_000
  const at = Date.parse(text)
  return Number.isNaN(at) ? undefined : at - Date.now()
}
