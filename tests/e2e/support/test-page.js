// What every page of a test carries before its own scripts, since WebKitGTK's driver can put nothing into a page in
// time: clocks that the test moves, an ear for what the page has to say, a count of what it holds on to, and the troubles
// that a browser may be in. `testPage.clock` and `testPage.troubles` come before this file.
;(() => {
  const { clock, troubles } = testPage
  const RealDate = Date
  const { BroadcastChannel: TestChannel } = globalThis
  const { setTimeout: setRealTimeout, clearTimeout: clearRealTimeout } = globalThis
  const shown = () => (clock.stoppedAt ?? RealDate.now()) + clock.offset
  const loadedAt = shown()
  const timers = new Map()
  let lastTimer = 0
  let shortestDelay = 0
  let channel

  globalThis.Date = class MovedDate extends RealDate {
    constructor(...given) {
      super(...(given.length === 0 ? [shown()] : given))
    }

    static now() {
      return shown()
    }
  }
  performance.now = () => shown() - loadedAt
  globalThis.setTimeout = (callback, delay, ...given) => addTimer(callback, delay, given, false)
  globalThis.setInterval = (callback, delay, ...given) => addTimer(callback, delay, given, true)
  globalThis.clearTimeout = globalThis.clearInterval = id => {
    clearRealTimeout(timers.get(id)?.armed)
    timers.delete(id)
  }

  function addTimer(callback, delay, given, isRepeated) {
    const timer = { id: ++lastTimer, callback, given, delay: Math.max(0, Number(delay) || 0), isRepeated }
    timers.set(timer.id, timer)
    timer.due = shown() + timer.delay
    arm(timer)
    return timer.id
  }

  function arm(timer) {
    clearRealTimeout(timer.armed)
    if (clock.stoppedAt !== null) return
    timer.armed = setRealTimeout(fire, Math.max(timer.due - shown(), shortestDelay), timer)
  }

  function fire(timer) {
    if (timer.isRepeated) {
      timer.due = shown() + timer.delay
      arm(timer)
    } else {
      timers.delete(timer.id)
    }
    timer.callback(...timer.given)
  }

  /** Takes over what the test's clock says. What was due meanwhile fires once, as after a sleep. */
  function set(state) {
    Object.assign(clock, state)
    armAll()
  }

  function armAll() {
    for (const timer of [...timers.values()].sort((one, other) => one.due - other.due)) arm(timer)
  }

  /** No timer fires sooner than this until the page is in view again, whatever the browser does by itself. */
  testPage.slowTimers = milliseconds => {
    shortestDelay = milliseconds
    armAll()
  }
  document.addEventListener('visibilitychange', () => document.hidden || testPage.slowTimers(0))

  /**
   * Moves the clocks of all tabs at the same moment. Not before the script has returned that asks for it: WebKitGTK's driver
   * measures a script's time by a timer of the page.
   */
  testPage.move = state => {
    channel.postMessage(state)
    setRealTimeout(set, 0, state)
  }

  function hear() {
    channel = new TestChannel('test-page')
    channel.onmessage = ({ data }) => set(data)
  }

  /** The page stood still, and the clocks may have been moved. */
  function catchUp() {
    const request = new XMLHttpRequest()
    request.open('GET', '/test-page/clock', false)
    request.send()
    set(JSON.parse(request.responseText))
  }

  /** What the page waits for, by number. */
  testPage.timers = timers

  /** How often the page came back from the back-forward cache. */
  testPage.restorations = 0
  hear()
  document.addEventListener('resume', catchUp)
  // An open channel keeps a page out of some browsers' back-forward cache.
  addEventListener('pagehide', () => channel.close())
  addEventListener('pageshow', ({ persisted }) => {
    if (!persisted) return
    testPage.restorations++
    hear()
    catchUp()
    if (testPage.asksAtReturn) testPage.answeredAtReturn = askAtOnce(globalThis.demoSession)
  })

  /** What a session does for a page that asks before anything else happens. Firefox forgets listeners of WebDriver's. */
  function askAtOnce(session) {
    return Promise.all([session.getAccessToken(), session.fetch('/my-bookings').then(({ status }) => status)])
  }

  const throwing = name => () => {
    throw new DOMException('denied by the test', name)
  }
  const replace = (object, name, descriptor) =>
    Object.defineProperty(object, name, { configurable: true, ...descriptor })
  const replaceLockRequest = value => replace(navigator.locks, 'request', { value })
  const troubleWith = {
    'no IndexedDB': () => replace(globalThis, 'indexedDB', { get: throwing('SecurityError') }),
    'an IndexedDB that never answers': () =>
      replace(globalThis, 'indexedDB', { value: { open: () => ({}), databases: async () => [] } }),
    'an IndexedDB that fails': () =>
      replace(IDBDatabase.prototype, 'transaction', { value: throwing('InvalidStateError') }),
    'no localStorage': () => replace(globalThis, 'localStorage', { get: throwing('SecurityError') }),
    'no sessionStorage': () => replace(globalThis, 'sessionStorage', { get: throwing('SecurityError') }),
    'no cookies': () =>
      replace(document, 'cookie', { get: throwing('SecurityError'), set: throwing('SecurityError') }),
    'a full localStorage': () =>
      replace(Storage.prototype, 'setItem', { value: throwing('QuotaExceededError') }),
    'no channel': () => delete globalThis.BroadcastChannel,
    'no storage events': () => addEventListener('storage', event => event.stopImmediatePropagation(), true),
    'no locks': () => replace(navigator, 'locks', { value: undefined }),
    'locks that throw': () => replaceLockRequest(throwing('SecurityError')),
    'locks that reject': () => replaceLockRequest(async () => throwing('SecurityError')()),
    'locks that are null': () => replaceLockRequest(async (_name, ...rest) => rest.at(-1)(null)),
  }
  /** From here on. */
  testPage.getsInto = trouble => void troubleWith[trouble]()
  for (const trouble of troubles) testPage.getsInto(trouble)

  const listeners = new Map()
  const { addEventListener: add, removeEventListener: remove } = EventTarget.prototype
  // Capture is part of what a listener is known by.
  const keyOf = (type, options) =>
    `${type} ${Boolean(typeof options === 'object' ? options?.capture : options)}`
  const isCounted = target => target === globalThis || target === document
  EventTarget.prototype.addEventListener = function (type, listener, options) {
    if (isCounted(this ?? globalThis)) known(listener).add(keyOf(type, options))
    return add.call(this, type, listener, options)
  }
  EventTarget.prototype.removeEventListener = function (type, listener, options) {
    if (isCounted(this ?? globalThis)) known(listener).delete(keyOf(type, options))
    return remove.call(this, type, listener, options)
  }

  function known(listener) {
    if (!listeners.has(listener)) listeners.set(listener, new Set())
    return listeners.get(listener)
  }

  /** The package, or a copy of all its modules: a script of WebDriver has no `import` in every browser. */
  testPage.package = (copy = '') => import(`${copy}/session-warden/esm/index.js`)

  /** What the page holds on to: listeners of window and document, timers, locks held or asked for. */
  testPage.holds = async () => {
    const { held, pending } = await navigator.locks.query()
    const count = [...listeners.values()].reduce((sum, types) => sum + types.size, 0)
    return { listeners: count, timers: timers.size, locks: held.length + pending.length }
  }

  testPage.heard = []
  const inText = word =>
    word instanceof Error ? `${word}\n${word.stack}` : (JSON.stringify(word) ?? String(word))
  for (const level of ['debug', 'log', 'info', 'warn', 'error']) {
    const say = console[level]
    console[level] = (...words) => {
      testPage.heard.push(words.map(inText).join(' '))
      say.apply(console, words)
    }
  }
  addEventListener('error', ({ message, error }) => testPage.heard.push(`${message}\n${error?.stack}`))
  addEventListener('unhandledrejection', ({ reason }) => testPage.heard.push(`unhandled: ${inText(reason)}`))
  addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
    testPage.heard.push(`policy violated: ${violatedDirective} by ${blockedURI}`)
  })
})()
