// The page's own interfaces, as a test needs them: by hand, denied, or counted.

const DATABASE = 'session-warden'
const ROWS = 'rows'

const { setTimeout: later, clearTimeout: never } = globalThis

export function sleep(milliseconds) {
  return new Promise(resolve => later(resolve, milliseconds))
}

function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

async function inRows(mode, work) {
  const opening = indexedDB.open(DATABASE, 1)
  opening.onupgradeneeded = () => opening.result.createObjectStore(ROWS)
  const database = await settled(opening)
  try {
    return await settled(work(database.transaction(ROWS, mode).objectStore(ROWS)))
  } finally {
    database.close()
  }
}

export function readRow(key) {
  return inRows('readonly', rows => rows.get(key))
}

export function writeRow(key, row) {
  return inRows('readwrite', rows => rows.put(row, key))
}

export function deleteRow(key) {
  return inRows('readwrite', rows => rows.delete(key))
}

/** Keeps everybody else's transactions waiting until the returned function is called. */
export async function blockRows() {
  const database = await settled(indexedDB.open(DATABASE, 1))
  const rows = database.transaction(ROWS, 'readwrite').objectStore(ROWS)
  let isBlocking = true
  const block = () => {
    if (isBlocking) rows.get('').onsuccess = block
    else database.close()
  }
  block()
  return () => {
    isBlocking = false
  }
}

/** Puts `value` or a getter in the place of a property until the returned function is called. */
function replace(object, name, descriptor) {
  const before = Object.getOwnPropertyDescriptor(object, name)
  Object.defineProperty(object, name, { configurable: true, ...descriptor })
  return () => {
    if (before) Object.defineProperty(object, name, before)
    else delete object[name]
  }
}

/** Puts `getter` in the place of a property of the window. */
export function replaceGetter(name, getter) {
  return replace(window, name, { get: getter })
}

/** Puts `getter` in the place of IndexedDB. What is open is closed, by deleting it. */
export async function replaceDatabase(getter) {
  const { indexedDB } = window
  const undo = replaceGetter('indexedDB', getter)
  await settled(indexedDB.deleteDatabase(DATABASE))
  return undo
}

/** Fills localStorage to the last character until the returned function is called. */
export function fillLocalStorage() {
  const keys = []
  for (let length = 1 << 22; length >= 1; ) {
    const key = `filler-${keys.length}`
    try {
      localStorage.setItem(key, 'x'.repeat(length))
      keys.push(key)
    } catch {
      length = Math.floor(length / 2)
    }
  }
  return () => {
    for (const key of keys) localStorage.removeItem(key)
  }
}

/** Scrolls: the one thing that a script can have the browser do as if the user had. */
export function scroll() {
  document.body.style.minHeight = '500vh'
  window.scrollTo(0, window.scrollY > 0 ? 0 : 100)
}

export async function openFrame(sandbox) {
  const frame = document.createElement('iframe')
  if (sandbox !== undefined) frame.sandbox = sandbox
  frame.srcdoc = '<body style="min-height: 500vh">'
  const loaded = new Promise(resolve => frame.addEventListener('load', resolve))
  document.body.append(frame)
  await loaded
  return frame
}

export function scrollFrame({ contentWindow }) {
  contentWindow.scrollTo(0, contentWindow.scrollY > 0 ? 0 : 100)
}

export const closeFrame = frame => frame.remove()

export const cookies = () => document.cookie

/** As the browser does when it is closed. */
export function clearCookies() {
  for (const cookie of document.cookie.split('; ')) {
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser
    document.cookie = `${cookie.split('=')[0]}=; max-age=0; path=/`
  }
}

export function denyCookies() {
  return replace(document, 'cookie', { get: () => '', set: () => {} })
}

export function hideDocument() {
  return replace(document, 'hidden', { get: () => true })
}

/** Every request for a lock whose name has this in it is refused. */
export function refuseLocks(part) {
  const request = LockManager.prototype.request
  return replace(navigator.locks, 'request', {
    value(name, ...rest) {
      if (name.includes(part)) return Promise.reject(new DOMException('denied by the test', 'SecurityError'))
      return request.call(this, name, ...rest)
    },
  })
}

/** As in a browser of before 2022. */
export function forgetAbortTimeouts() {
  return replace(AbortSignal, 'timeout', { value: undefined })
}

/** As in a page out of view: no timer fires sooner than this. */
export function slowTimers(milliseconds) {
  return replace(window, 'setTimeout', {
    writable: true,
    value: (work, delay, ...rest) => later(work, Math.max(delay, milliseconds), ...rest),
  })
}

/** An IndexedDB whose requests are never answered. */
export function silentDatabase() {
  return { open: () => ({}) }
}

/** A Response; a status without a body takes none. */
export function respond(status, retryAfter, body) {
  const headers = { 'content-type': 'application/json' }
  if (retryAfter !== undefined) headers['retry-after'] = retryAfter
  return new Response(status === 204 ? null : body, { status, headers })
}

/** Rejects when the request is aborted, and else never settles: as `fetch` does where no answer comes. */
export function silence(signal) {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason))
  })
}

export async function locks(name) {
  const { held, pending } = await navigator.locks.query()
  return [...held, ...pending].filter(lock => lock.name === name).length
}

/** Holds the lock until the returned function is called. */
export function holdLock(name) {
  return new Promise(taken => {
    navigator.locks.request(name, () => new Promise(release => taken(release)))
  })
}

/** Counts listeners, timers and channels that come and go from now on. */
export class Census {
  listeners = new Map()
  timers = new Map()
  channels = new Set()
  #undo = []

  constructor() {
    const { listeners, timers, channels } = this
    const { addEventListener, removeEventListener } = EventTarget.prototype
    const isOurs = target => target === window || target === document || target instanceof BroadcastChannel
    // The capture flag is part of a listener's identity: a removal that forgets it removes nothing.
    const key = (type, listener, options) => {
      const capture = typeof options === 'object' ? Boolean(options?.capture) : Boolean(options)
      return `${type} ${capture} ${identity(listener)}`
    }
    this.#put(EventTarget.prototype, 'addEventListener', function (type, listener, options) {
      if (isOurs(this)) listeners.set(key(type, listener, options), type)
      return addEventListener.call(this, type, listener, options)
    })
    this.#put(EventTarget.prototype, 'removeEventListener', function (type, listener, options) {
      if (isOurs(this)) listeners.delete(key(type, listener, options))
      return removeEventListener.call(this, type, listener, options)
    })
    this.#put(window, 'setTimeout', (work, delay, ...rest) => {
      const run = (...parameters) => {
        timers.delete(timer)
        work(...parameters)
      }
      const timer = later(run, delay, ...rest)
      timers.set(timer, delay)
      return timer
    })
    this.#put(window, 'clearTimeout', timer => {
      timers.delete(timer)
      never(timer)
    })
    const Channel = BroadcastChannel
    this.#put(
      window,
      'BroadcastChannel',
      class extends Channel {
        constructor(name) {
          super(name)
          channels.add(this)
        }
        close() {
          channels.delete(this)
          super.close()
        }
      },
    )
  }

  listenerCount() {
    return this.listeners.size
  }

  isListening(type) {
    return [...this.listeners.values()].includes(type)
  }

  timerCount() {
    return this.timers.size
  }

  /** The delays of the timers that have not fired. */
  delays() {
    return [...this.timers.values()]
  }

  channelCount() {
    return this.channels.size
  }

  end() {
    for (const undo of this.#undo) undo()
  }

  #put(object, name, value) {
    this.#undo.push(replace(object, name, { value, writable: true }))
  }
}

const identities = new WeakMap()
let lastIdentity = 0

function identity(listener) {
  if (!identities.has(listener)) identities.set(listener, ++lastIdentity)
  return identities.get(listener)
}
