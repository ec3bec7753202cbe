// What every page of a test carries before its own scripts, since WebKitGTK's driver can put nothing into a page in
// time: clocks that the test moves, an ear for what the page has to say, and the want of what a browser may not have.
// `testPage.clock` and `testPage.without` come before this file.
;(() => {
  const { clock, without } = testPage
  const RealDate = Date
  const { BroadcastChannel: TestChannel } = globalThis
  const { setTimeout: setRealTimeout, clearTimeout: clearRealTimeout } = globalThis
  const shown = () => (clock.stoppedAt ?? RealDate.now()) + clock.offset
  const loadedAt = shown()
  const timers = new Map()
  let lastTimer = 0
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
    if (clock.stoppedAt === null) timer.armed = setRealTimeout(fire, timer.due - shown(), timer)
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
    for (const timer of [...timers.values()].sort((one, other) => one.due - other.due)) arm(timer)
  }

  /** Moves the clocks of all tabs at the same moment. */
  testPage.move = state => {
    channel.postMessage(state)
    set(state)
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
  })

  const wants = {
    indexedDB() {
      const get = () => {
        throw new DOMException('denied by the test', 'SecurityError')
      }
      Object.defineProperty(globalThis, 'indexedDB', { get })
    },
    locks: () => Object.defineProperty(navigator, 'locks', { value: undefined }),
    channel: () => delete globalThis.BroadcastChannel,
    storageEvents: () => addEventListener('storage', event => event.stopImmediatePropagation(), true),
  }
  for (const name of without) wants[name]()

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
