// The monitor around a stub core, in a document without a browser; `monitor-browser.test.js` has what only one shows.
import assert from 'node:assert/strict'
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, before, beforeEach, mock, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { build as esbuild } from 'esbuild'
import { build as vite } from 'vite'
import { counted } from './support/counted.js'
import { settled } from './support/page.js'
import { closeWindow, openWindow } from './support/react.js'
import { importCopy, importPart, STUB_PACKAGE } from './support/stub-package.js'

/** Half past ten in the morning, wherever the test runs. */
const NOW = new Date(2026, 10, 21, 10, 30).getTime()
const MINUTE = 60_000
const DAY = 86_400_000

const SIGNED_IN = {
  status: 'authenticated',
  user: { id: '7', email: 'ada@example.com' },
  claims: { sub: 'subject-7' },
  lastActivityAt: NOW - 12_000,
  refreshAt: NOW + 10 * MINUTE,
  expiresAt: NOW + 15 * MINUTE,
  promptAt: NOW + 28 * MINUTE + 48_000,
  idleAt: NOW + 29 * MINUTE + 48_000,
}
const SIGNED_OUT = {
  status: 'unauthenticated',
  user: null,
  lastActivityAt: null,
  refreshAt: null,
  expiresAt: null,
  promptAt: null,
  idleAt: null,
}

let page
let warden
let monitors

before(async () => {
  // Says once that it is experimental.
  mock.timers.enable()
  mock.timers.reset()
  openWindow()
  warden = await importCopy()
  monitors = await importPart('monitor')
  await closeWindow()
})

beforeEach(() => {
  page = openWindow()
})

afterEach(() => {
  for (const monitor of document.querySelectorAll('session-monitor')) monitor.remove()
  return closeWindow()
})

async function start(state = SIGNED_IN, options = {}) {
  const session = warden.createSession({ logLevel: 'silent', ...options })
  await session.ready
  const core = page.stage.cores.at(-1)
  core.become(state)
  core.calls = []
  return { session, core }
}

/** Intervals that run, as no mocked clock tells. */
function countTimers(context) {
  const running = new Set()
  const { setInterval, clearInterval } = globalThis
  context.mock.method(globalThis, 'setInterval', (...args) => {
    const timer = setInterval(...args)
    running.add(timer)
    return timer
  })
  context.mock.method(globalThis, 'clearInterval', timer => {
    running.delete(timer)
    clearInterval(timer)
  })
  return running
}

const clockAt = (context, now = NOW) => context.mock.timers.enable({ apis: ['Date', 'setInterval'], now })

function mount(session, options) {
  const remove = monitors.mountSessionMonitor(session, options)
  return { ...inside([...document.querySelectorAll('session-monitor')].at(-1)), remove }
}

/** What a monitor shows. */
function inside(monitor) {
  const { shadowRoot: root } = monitor
  const texts = selector => [...root.querySelectorAll(selector)].map(({ textContent }) => textContent)
  const rows = (selector, name, ...values) =>
    Object.fromEntries(
      [...root.querySelectorAll(selector)].map(row => [
        row.querySelector(name).textContent,
        values.map(value => row.querySelector(value).textContent).join(' '),
      ]),
    )
  return {
    monitor,
    root,
    text: () => root.textContent,
    status: () => root.querySelector('.status').textContent,
    flags: () => texts('.flags span'),
    countdowns: () => rows('.countdown', 'span', '.left', '.at'),
    bar: index => Number(root.querySelectorAll('.bar')[index].style.getPropertyValue('--left')),
    facts: () => rows('.facts div', 'dt', 'dd'),
    log: () =>
      [...root.querySelectorAll('.log li')].map(({ children }) => [...children].map(c => c.textContent)),
    said: () => root.querySelector('[role=status]').textContent,
    button: name => [...root.querySelectorAll('button')].find(({ textContent }) => textContent === name),
    toggle: root.querySelector('.toggle'),
  }
}

const hide = isHidden => {
  Object.defineProperty(document, 'hidden', { value: isHidden, configurable: true })
  document.dispatchEvent(new window.Event('visibilitychange'))
}

test('a living session: what is left of it, when, and what else there is to know', async context => {
  const { session } = await start()
  clockAt(context)
  const { status, countdowns, facts, flags } = mount(session)
  assert.equal(status(), 'authenticated')
  assert.deepEqual(countdowns(), {
    Refresh: '10:00 10:40:00',
    'Idle logout': '29:48 10:59:48',
    'Token expiry': '15:00 10:45:00',
    'Session end': '– ',
  })
  assert.deepEqual(facts(), {
    'Last activity': '0:12 ago · 10:29:48',
    'Idle prompt': '10:58:48',
    Generation: '–',
    'Other tabs': '0',
    Storage: 'local',
    Degraded: '–',
    Error: '–',
    'Last end': '–',
  })
  assert.deepEqual(flags(), [])
})

test('it follows the session live, and the clock by the second', async context => {
  const { session, core } = await start()
  clockAt(context)
  const { countdowns, facts, bar, monitor } = mount(session)
  assert.equal(bar(0), 1)
  context.mock.timers.tick(1_000)
  assert.equal(countdowns()['Token expiry'], '14:59 10:45:00')
  context.mock.timers.tick(5 * MINUTE - 1_000)
  assert.equal(countdowns().Refresh, '5:00 10:40:00')
  assert.equal(facts()['Last activity'], '5:12 ago · 10:29:48')
  assert.equal(bar(0), 0.5)
  // The whole of the idle time is told: it began with the last activity.
  assert.equal(bar(1), (29 * 60 + 48 - 300) / (30 * 60))
  core.become({ lastActivityAt: NOW + 5 * MINUTE, idleAt: NOW + 35 * MINUTE, refreshAt: NOW + 25 * MINUTE })
  assert.equal(countdowns()['Idle logout'], '30:00 11:05:00')
  assert.equal(facts()['Last activity'], 'now · 10:35:00')
  assert.deepEqual([bar(0), bar(1)], [1, 1])
  context.mock.timers.tick(30 * MINUTE)
  assert.equal(countdowns().Refresh, 'due 10:55:00')
  assert.equal(bar(0), 0)
  monitor.remove()
})

test('long times are told in hours and days, and other days by their date', async context => {
  const { session } = await start({ ...SIGNED_IN, expiresAt: NOW + 5_025_000, endsAt: NOW + 30.5 * DAY })
  clockAt(context)
  const { countdowns } = mount(session)
  assert.equal(countdowns()['Token expiry'], '1:23:45 11:53:45')
  assert.match(countdowns()['Session end'], /^30 d 12 h 2026-12-21 2[123]:30:00$/)
})

for (const [what, state, flags, facts] of [
  ['is being read', { status: 'loading' }, [], {}],
  ['is over', SIGNED_OUT, [], { 'Last end': '–' }],
  [
    'has ended elsewhere',
    { ...SIGNED_OUT, endReason: 'idle', endedBy: 'other-tab' },
    [],
    { 'Last end': 'idle, other-tab' },
  ],
  ['asks and renews', { ...SIGNED_IN, prompting: true, refreshing: true }, ['prompting', 'refreshing'], {}],
  ['is in trouble', { ...SIGNED_IN, offline: true, ending: true }, ['offline', 'ending'], {}],
  [
    'has to do without',
    { ...SIGNED_IN, storage: 'memory', degraded: 'no-fence' },
    [],
    { Storage: 'memory', Degraded: 'no-fence' },
  ],
]) {
  test(`a session that ${what}`, async () => {
    const { session } = await start(state)
    const shown = mount(session)
    assert.equal(shown.status(), state.status)
    assert.deepEqual(shown.flags(), flags)
    for (const [name, value] of Object.entries(facts)) assert.equal(shown.facts()[name], value)
    const isCounting = Object.values(shown.countdowns()).some(text => text !== '– ')
    assert.equal(isCounting, state.status === 'authenticated')
  })
}

test('a session that cannot start says so, and why', async () => {
  const { session: started } = await start()
  const error = new warden.WasmLoadError('no WebAssembly here')
  const failed = { ...started.getSnapshot(), status: 'failed', error }
  const { status, facts } = mount({ ...started, getSnapshot: () => failed })
  assert.equal(status(), 'failed')
  assert.equal(facts().Error, 'wasm-load')
})

test('without a session there is a panel that says so', () => {
  monitors.defineSessionMonitor()
  const monitor = document.createElement('session-monitor')
  document.body.append(monitor)
  assert.equal(inside(monitor).status(), 'no session')
})

test('the events are told with their time, the latest first', async context => {
  const { session, core } = await start()
  clockAt(context)
  const { log, facts } = mount(session)
  assert.deepEqual(log(), [])
  const at = (seconds, name, payload) => {
    context.mock.timers.setTime(NOW + seconds * 1_000)
    core.emit(name, payload)
  }
  at(1, 'login')
  at(2, 'refresh', { generation: 8, by: 'other-tab' })
  assert.equal(facts().Generation, '–')
  core.become({})
  assert.equal(facts().Generation, '8')
  at(3, 'refresh-failed', { error: { code: 'network' }, retryAt: NOW + 5_000 })
  at(4, 'refresh-rejected', {
    error: { code: 'http', status: 401, message: 'no such' },
    endsAt: NOW + MINUTE,
  })
  at(5, 'refresh-rejected', { error: { code: 'http', status: 401 }, endsAt: null })
  at(6, 'prompt', { endsAt: NOW + MINUTE })
  at(7, 'prompt-dismissed', { by: 'stay' })
  at(8, 'degraded', { what: 'no-fence' })
  at(9, 'end', { reason: 'idle', endedBy: 'this-tab' })
  core.become(SIGNED_OUT)
  assert.equal(facts().Generation, '–')
  assert.deepEqual(log().toReversed(), [
    ['10:30:01', 'login', ''],
    ['10:30:02', 'refresh', 'generation 8, other-tab'],
    ['10:30:03', 'refresh-failed', 'network, again at 10:30:05'],
    ['10:30:04', 'refresh-rejected', 'http 401, ends at 10:31:00'],
    ['10:30:05', 'refresh-rejected', 'http 401'],
    ['10:30:06', 'prompt', 'ends at 10:31:00'],
    ['10:30:07', 'prompt-dismissed', 'stay'],
    ['10:30:08', 'degraded', 'no-fence'],
    ['10:30:09', 'end', 'idle, this-tab'],
  ])
})

test('neither a user nor a token is ever shown', async () => {
  const { session, core } = await start()
  const { monitor, button, said, facts } = mount(session)
  core.emit('login')
  core.emit('user-changed', { from: 'subject-7', to: 'subject-8' })
  const odd = { code: 'http', status: 500, message: 'ada@example.com is odd' }
  core.emit('refresh-failed', { error: odd, retryAt: NOW })
  core.become({})
  assert.equal(facts().Error, 'http 500')
  core.answers.refresh = () => Promise.reject(odd)
  button('Refresh').click()
  await settled()
  assert.equal(said(), 'Refresh: refresh-unavailable')
  const html = monitor.outerHTML + monitor.shadowRoot.innerHTML
  assert.match(html, /user-changed/)
  for (const secret of ['ada@', 'subject-', 'odd', session.peekAccessToken()])
    assert.equal(html.includes(secret), false, secret)
})

test('a long life does not fill the page', async () => {
  const { session, core } = await start()
  const { log } = mount(session)
  for (let generation = 1; generation <= 120; generation += 1)
    core.emit('refresh', { generation, by: 'this-tab' })
  assert.equal(log().length, 100)
  assert.equal(log()[0][2], 'generation 120, this-tab')
})

test('the buttons ask the session, and say how it went', async () => {
  const { session, core } = await start({ ...SIGNED_IN, prompting: true })
  const { button, said, log } = mount(session)
  for (const [name, call, outcome] of [
    ['Refresh', ['refresh'], 'done'],
    ['Verify', ['verify'], 'valid'],
    ['Stay', ['stay'], 'said'],
    ['Log out', ['logout', false], 'done'],
  ]) {
    core.calls = []
    button(name).click()
    await settled()
    assert.deepEqual(core.calls, [call])
    assert.equal(said(), `${name}: ${outcome}`)
    assert.deepEqual(log()[0].slice(1), [name, outcome])
  }
  for (const [valid, outcome] of [
    [false, 'not valid'],
    [null, 'could not be asked'],
  ]) {
    core.answers.verify = () => ({ valid })
    button('Verify').click()
    await settled()
    assert.equal(said(), `Verify: ${outcome}`)
  }
})

test('Expire takes up the same token once more, as one that has expired', async context => {
  const { session, core } = await start()
  clockAt(context)
  const { button, said, log, root } = mount(session)
  button('Expire').click()
  await settled()
  const accessToken = session.peekAccessToken()
  assert.deepEqual(core.calls, [['setTokens', { accessToken, expiresAt: NOW - 1 }, 'refresh', true]])
  assert.equal(said(), 'Expire: expired')
  assert.deepEqual(log()[0].slice(1), ['Expire', 'expired'])
  assert.equal(root.innerHTML.includes(accessToken), false)
})

test('a session with a clock of its own expires by that', async () => {
  const { session, core } = await start()
  const { button } = mount({ ...session, [Symbol.for('session-warden.clock')]: { now: () => NOW + 7 } })
  button('Expire').click()
  await settled()
  assert.equal(core.calls[0][1].expiresAt, NOW + 6)
})

test('where no script sees the token, Expire says so and does nothing', async () => {
  const { session, core } = await start()
  core.tokenAtHand = undefined
  const { button, said } = mount(session)
  button('Expire').click()
  await settled()
  assert.deepEqual([core.calls, said()], [[], 'Expire: no script sees the token'])
})

/** How often the page was told that its window has the focus. */
function countFocus(context) {
  const count = { focus: 0 }
  const { Event } = globalThis
  context.after(() => Object.assign(globalThis, { Event }))
  // This window takes no events but its own.
  globalThis.Event = window.Event
  window.addEventListener('focus', () => {
    count.focus += 1
  })
  return count
}

const goIdle = root => root.querySelector('[title*="idle logout"]')

/** The seconds in which the hand is to be off. */
async function waitHandsOff(context, root) {
  for (const seconds of [3, 2, 1]) {
    assert.equal(goIdle(root).textContent, `Hands off ${seconds}`)
    context.mock.timers.tick(1_000)
  }
  await settled()
  assert.equal(goIdle(root).textContent, 'Go idle')
}

for (const [what, state, idleAt] of [
  ['the idle prompt', SIGNED_IN, SIGNED_IN.promptAt],
  ['the idle logout, where no prompt comes', { ...SIGNED_IN, promptAt: null }, SIGNED_IN.idleAt],
  ['the idle logout, where the prompt is up', { ...SIGNED_IN, prompting: true }, SIGNED_IN.idleAt],
]) {
  test(`Go idle sets the page’s clock to ${what}, once the hand is off, and makes the session look`, async context => {
    const { session, core } = await start(state)
    clockAt(context)
    const count = countFocus(context)
    const { root, said, log, flags } = mount(session)
    goIdle(root).click()
    context.mock.timers.tick(2_999)
    assert.deepEqual([Date.now(), count.focus], [NOW + 2_999, 0])
    context.mock.timers.tick(1)
    await settled()
    assert.deepEqual([Date.now(), count.focus], [idleAt, 1])
    context.mock.timers.tick(1_000)
    assert.equal(Date.now(), idleAt + 1_000)
    const [outcome] = log()
    assert.match(said(), /^Go idle: it is 10:5[89]:48$/)
    assert.deepEqual(outcome.slice(1), ['Go idle', said().slice('Go idle: '.length)])
    assert.match(flags().at(-1), /^clock 2[89]:45 ahead$/)
    assert.deepEqual(core.calls, [])
  })
}

test('the seconds are counted in the button, and pressed again it is called off', async context => {
  const { session } = await start()
  clockAt(context)
  const count = countFocus(context)
  const { root, said } = mount(session)
  goIdle(root).click()
  context.mock.timers.tick(2_000)
  goIdle(root).click()
  await settled()
  assert.deepEqual([goIdle(root).textContent, said()], ['Go idle', 'Go idle: called off'])
  context.mock.timers.tick(5_000)
  await settled()
  assert.deepEqual([Date.now(), count.focus], [NOW + 7_000, 0])
  goIdle(root).click()
  await waitHandsOff(context, root)
  assert.deepEqual([Date.now(), count.focus], [SIGNED_IN.promptAt, 1])
})

test('the hand that goes for the button dismisses the prompt, which counts as up', async context => {
  const { session, core } = await start()
  clockAt(context)
  const { root } = mount(session)
  const press = async state => {
    core.become(state)
    goIdle(root).click()
    await waitHandsOff(context, root)
    return Date.now()
  }
  const later = minutes => ({ promptAt: Date.now() + 29 * minutes, idleAt: Date.now() + 30 * minutes })
  core.emit('prompt-dismissed', { by: 'activity' })
  context.mock.timers.tick(4_999)
  const first = later(MINUTE)
  assert.equal(await press(first), first.idleAt)
  // Long ago, it was for something else.
  core.emit('prompt-dismissed', { by: 'activity' })
  context.mock.timers.tick(5_000)
  const second = later(MINUTE)
  assert.equal(await press(second), second.promptAt)
  // So is an answer.
  core.emit('prompt-dismissed', { by: 'stay' })
  const third = later(MINUTE)
  assert.equal(await press(third), third.promptAt)
})

test('a prompt that was dismissed by a clock that was ahead counts no longer once that is right', async context => {
  const { session, core } = await start()
  clockAt(context)
  const { root, monitor, remove } = mount(session)
  goIdle(root).click()
  await waitHandsOff(context, root)
  core.emit('prompt-dismissed', { by: 'activity' })
  remove()
  document.body.append(monitor)
  goIdle(root).click()
  await waitHandsOff(context, root)
  assert.equal(Date.now(), SIGNED_IN.promptAt)
})

test('who is signed out meanwhile does not go idle, and the clock is left alone', async context => {
  const { session, core } = await start()
  clockAt(context)
  const count = countFocus(context)
  const { root, said } = mount(session)
  goIdle(root).click()
  core.become(SIGNED_OUT)
  await waitHandsOff(context, root)
  assert.equal(said(), 'Go idle: signed out meanwhile')
  assert.deepEqual([Date.now(), count.focus], [NOW + 3_000, 0])
})

test('a clock that is past the prompt is not set back', async context => {
  const { session } = await start()
  clockAt(context, SIGNED_IN.promptAt + 5_000)
  const count = countFocus(context)
  const { root } = mount(session)
  goIdle(root).click()
  await waitHandsOff(context, root)
  assert.deepEqual([Date.now(), count.focus], [SIGNED_IN.promptAt + 8_000, 1])
})

test('with the last panel of a page its clock is right again, and what was to come is called off', async context => {
  const { session, core } = await start()
  clockAt(context)
  const timers = countTimers(context)
  const { now } = Date
  const first = mount(session)
  const second = mount(session, { label: 'Second' })
  goIdle(first.root).click()
  await waitHandsOff(context, first.root)
  core.become({ promptAt: Date.now() + MINUTE, idleAt: Date.now() + 2 * MINUTE })
  goIdle(second.root).click()
  await waitHandsOff(context, second.root)
  assert.equal(Date.now(), SIGNED_IN.promptAt + MINUTE)
  first.remove()
  assert.equal(Date.now(), SIGNED_IN.promptAt + MINUTE)
  document.body.prepend(second.monitor)
  assert.equal(Date.now(), SIGNED_IN.promptAt + MINUTE)
  goIdle(second.root).click()
  second.remove()
  assert.deepEqual([Date.now(), Date.now === now, timers.size], [NOW + 6_000, true, 0])
  context.mock.timers.tick(5_000)
  await settled()
  assert.equal(Date.now(), NOW + 11_000)
})

test('a clock that the page has put over the panel’s stays, and shows the true time in the end', async context => {
  const { session } = await start()
  clockAt(context)
  const { now } = Date
  const { root, remove } = mount(session)
  goIdle(root).click()
  await waitHandsOff(context, root)
  const ours = Date.now
  const theirs = () => ours() + 1
  Date.now = theirs
  remove()
  assert.deepEqual([Date.now === theirs, Date.now()], [true, NOW + 3_001])
  const again = mount(session)
  goIdle(again.root).click()
  await waitHandsOff(context, again.root)
  assert.equal(Date.now(), SIGNED_IN.promptAt)
  Date.now = ours
  again.remove()
  assert.equal(Date.now, now)
})

test('of another session nothing goes idle', async context => {
  const one = await start(SIGNED_IN, { name: 'one' })
  const other = await start(SIGNED_IN, { name: 'other' })
  clockAt(context)
  const { monitor, root, said } = mount(one.session)
  goIdle(root).click()
  monitor.session = other.session
  context.mock.timers.tick(5_000)
  await settled()
  assert.deepEqual([goIdle(root).textContent, said(), Date.now()], ['Go idle', '', NOW + 5_000])
})

/** A page that speaks as the panels of other tabs do, and hears them. */
function openTabs(context, label = 'Session') {
  const channel = new BroadcastChannel('session-warden:monitor')
  context.after(() => channel.close())
  const heard = []
  channel.addEventListener('message', ({ data }) => heard.push(data))
  return {
    heard,
    say: (kind, tab, isHidden = false) => channel.postMessage({ kind, tab, label, isHidden }),
    sayAnything: data => channel.postMessage(data),
    kinds: () => heard.map(({ kind }) => kind),
  }
}

/** Between two channels messages take their time. */
async function until(holds) {
  const end = performance.now() + 10_000
  while (!holds()) {
    assert.ok(performance.now() < end, `${holds}`)
    await settled()
  }
}

test('other tabs with a panel of the same label are counted', async context => {
  const tabs = openTabs(context)
  const { session } = await start()
  const { facts, remove } = mount(session)
  await until(() => tabs.heard.length === 1)
  const [{ tab, ...asked }] = tabs.heard
  assert.deepEqual(asked, { kind: 'who', label: 'Session', isHidden: false })
  tabs.say('here', 1)
  await until(() => facts()['Other tabs'] === '1')
  tabs.say('here', 2, true)
  await until(() => facts()['Other tabs'] === '2 (1 hidden)')
  tabs.say('here', 1, true)
  await until(() => facts()['Other tabs'] === '2 (2 hidden)')
  tabs.say('bye', 1)
  await until(() => facts()['Other tabs'] === '1 (1 hidden)')
  for (const data of [null, 'here', 7, {}, { kind: 'here', tab: 3, label: 'Admin' }]) tabs.sayAnything(data)
  tabs.say('who', 4)
  await until(() => facts()['Other tabs'] === '2 (1 hidden)')
  await until(() => tabs.heard.length === 2)
  hide(true)
  tabs.say('who', 4)
  await until(() => tabs.heard.length === 4)
  remove()
  await until(() => tabs.heard.length === 5)
  assert.deepEqual(tabs.heard.slice(1), [
    { kind: 'here', tab, label: 'Session', isHidden: false },
    { kind: 'here', tab, label: 'Session', isHidden: true },
    { kind: 'here', tab, label: 'Session', isHidden: true },
    { kind: 'bye', tab, label: 'Session', isHidden: true },
  ])
})

test('a tab that does not answer twice is forgotten', async context => {
  const tabs = openTabs(context)
  const { session } = await start()
  clockAt(context)
  const { facts } = mount(session)
  const others = () => facts()['Other tabs']
  tabs.say('here', 1)
  tabs.say('here', 2)
  await until(() => others() === '2')
  for (const [seconds, count] of [
    [1, '2'],
    [3, '2'],
    [3, '2'],
    [1, '2'],
  ]) {
    context.mock.timers.tick(seconds * 1_000)
    assert.equal(others(), count)
  }
  tabs.say('here', 1, true)
  await until(() => others() === '2 (1 hidden)')
  context.mock.timers.tick(1_000)
  assert.equal(others(), '1 (1 hidden)')
  await until(() => tabs.heard.length === 4)
  assert.deepEqual(tabs.kinds(), ['who', 'who', 'who', 'who'])
})

test('the panels of one page are one tab', async context => {
  const tabs = openTabs(context)
  const { session } = await start()
  const first = mount(session)
  const second = mount(session)
  tabs.say('here', 1)
  await until(() => first.facts()['Other tabs'] === '1' && second.facts()['Other tabs'] === '1')
  second.remove()
  // It is here in spite of what the other said.
  await until(() => tabs.kinds().join() === 'who,who,bye,here')
})

test('another label means other tabs', async context => {
  const tabs = openTabs(context)
  const admins = openTabs(context, 'Admin')
  const { session } = await start()
  const { monitor, facts } = mount(session)
  tabs.say('here', 1)
  await until(() => facts()['Other tabs'] === '1')
  monitor.label = 'Admin'
  admins.say('here', 2)
  admins.say('here', 3)
  await until(() => facts()['Other tabs'] === '2')
  assert.deepEqual(
    tabs.heard.filter(({ tab }) => tab < 1).map(({ kind, label }) => [kind, label]),
    [
      ['who', 'Session'],
      ['bye', 'Session'],
      ['who', 'Admin'],
    ],
  )
})

test('the channel is closed while the page is away', async context => {
  const tabs = openTabs(context)
  const { session } = await start()
  const { facts, remove } = mount(session)
  tabs.say('here', 1)
  await until(() => facts()['Other tabs'] === '1')
  window.dispatchEvent(new window.Event('pagehide'))
  hide(true)
  hide(false)
  assert.equal(facts()['Other tabs'], '–')
  window.dispatchEvent(new window.Event('pageshow'))
  window.dispatchEvent(new window.Event('pageshow'))
  hide(true)
  hide(false)
  assert.equal(facts()['Other tabs'], '0')
  remove()
  window.dispatchEvent(new window.Event('pageshow'))
  tabs.say('who', 1)
  await until(() => tabs.heard.length === 6)
  assert.deepEqual(tabs.kinds(), ['who', 'bye', 'who', 'here', 'who', 'bye'])
})

test('where tabs cannot talk to each other there is nothing to tell of them', async context => {
  const { session } = await start()
  const { BroadcastChannel } = globalThis
  context.after(() => Object.assign(globalThis, { BroadcastChannel }))
  delete globalThis.BroadcastChannel
  assert.equal(mount(session).facts()['Other tabs'], '–')
  globalThis.BroadcastChannel = function BroadcastChannel() {
    throw new DOMException('The operation is insecure.', 'SecurityError')
  }
  assert.equal(mount(session).facts()['Other tabs'], '–')
})

test('what is not possible now does nothing, and keeps the focus', async () => {
  const { session, core } = await start()
  const { button, log } = mount(session)
  const names = ['Refresh', 'Expire', 'Go idle', 'Verify', 'Stay', 'Log out']
  const usable = () => names.filter(name => button(name).getAttribute('aria-disabled') === 'false')
  assert.deepEqual(usable(), ['Refresh', 'Expire', 'Go idle', 'Verify', 'Log out'])
  core.become({ prompting: true })
  assert.deepEqual(usable(), names)
  // The idle logout is off.
  core.become({ prompting: false, promptAt: null, idleAt: null })
  assert.deepEqual(usable(), ['Refresh', 'Expire', 'Verify', 'Log out'])
  core.become(SIGNED_OUT)
  assert.deepEqual(usable(), [])
  core.calls = []
  for (const name of names) {
    assert.equal(button(name).disabled, false)
    button(name).click()
  }
  await settled()
  assert.deepEqual([core.calls, log()], [[], []])
})

test('time passes for a panel that is seen, and no other', async context => {
  const { session, core } = await start()
  const timers = countTimers(context)
  const { monitor, toggle, remove } = mount(session)
  assert.equal(timers.size, 1)

  toggle.click()
  assert.equal(timers.size, 0)
  toggle.click()
  assert.equal(timers.size, 1)

  hide(true)
  assert.equal(timers.size, 0)
  hide(false)
  assert.equal(timers.size, 1)

  core.become(SIGNED_OUT)
  assert.equal(timers.size, 0)
  core.become(SIGNED_IN)
  assert.equal(timers.size, 1)

  monitor.session = null
  assert.equal(timers.size, 0)
  monitor.session = session
  assert.equal(timers.size, 1)

  remove()
  assert.equal(timers.size, 0)
  core.become({ refreshing: true })
  hide(true)
  hide(false)
  assert.equal(timers.size, 0)
})

test('what was missed while nobody looked is there when somebody does', async context => {
  const { session, core } = await start()
  clockAt(context)
  const { toggle, countdowns, status, log, root } = mount(session)
  toggle.click()
  assert.equal(root.querySelector('.details').hidden, true)
  context.mock.timers.setTime(NOW + MINUTE)
  core.emit('refresh', { generation: 9, by: 'this-tab' })
  core.become({ expiresAt: NOW + 31 * MINUTE })
  assert.equal(countdowns()['Token expiry'], '15:00 10:45:00')
  toggle.click()
  assert.equal(countdowns()['Token expiry'], '30:00 11:01:00')
  assert.equal(log().length, 1)

  hide(true)
  core.become(SIGNED_OUT)
  assert.equal(status(), 'authenticated')
  hide(false)
  assert.equal(status(), 'unauthenticated')
})

test('collapsed, it still says how things stand, to everybody', async () => {
  const { session, core } = await start()
  const { status, toggle, monitor } = mount(session, { collapsed: true })
  assert.equal(toggle.getAttribute('aria-expanded'), 'false')
  assert.equal(toggle.getAttribute('aria-label'), 'Details')
  core.become(SIGNED_OUT)
  assert.equal(status(), 'unauthenticated')
  toggle.click()
  assert.equal(toggle.getAttribute('aria-expanded'), 'true')
  assert.equal(monitor.collapsed, false)
  monitor.setAttribute('collapsed', '')
  assert.equal(toggle.getAttribute('aria-expanded'), 'false')
})

test('removed, nothing of it is left; put back, it goes on', async () => {
  const { session: plain, core } = await start()
  const { session, count } = counted(plain)
  const { monitor, remove, status } = mount(session)
  assert.equal(count.listeners, 10)
  remove()
  remove()
  assert.equal(count.listeners, 0)
  assert.equal(document.querySelector('session-monitor'), null)
  document.body.append(monitor)
  assert.equal(count.listeners, 10)
  core.become(SIGNED_OUT)
  assert.equal(status(), 'unauthenticated')
  document.body.prepend(monitor)
  assert.equal(count.listeners, 10)
})

test('several sessions have a monitor each', async () => {
  const one = await start(SIGNED_IN, { name: 'one' })
  const other = await start(SIGNED_OUT, { name: 'other' })
  const first = mount(one.session, { label: 'One' })
  const second = mount(other.session, { label: 'Other' })
  assert.deepEqual([first.status(), second.status()], ['authenticated', 'unauthenticated'])
  const names = [first, second].map(({ root }) => root.querySelector('section').getAttribute('aria-label'))
  assert.deepEqual(names, ['Session monitor: One', 'Session monitor: Other'])
  other.core.emit('login')
  assert.deepEqual([first.log().length, second.log().length], [0, 1])
  first.remove()
  other.core.become(SIGNED_IN)
  assert.equal(second.status(), 'authenticated')
})

test('another session takes the place of the former one, of which nothing stays', async () => {
  const one = await start(SIGNED_IN, { name: 'one' })
  const other = await start(SIGNED_OUT, { name: 'other' })
  const { session, count } = counted(one.session)
  const { monitor, status, log, facts, said, button } = mount(session)
  one.core.emit('refresh', { generation: 8, by: 'this-tab' })
  let answer
  one.core.answers.refresh = () => new Promise(resolve => (answer = resolve))
  button('Refresh').click()
  await settled()
  monitor.session = other.session
  answer()
  await settled()
  assert.deepEqual(
    [count.listeners, status(), log(), facts().Generation, said()],
    [0, 'unauthenticated', [], '–', ''],
  )
})

test('a session that was set before the element was known is taken up', async () => {
  const { session } = await start()
  const monitor = document.createElement('session-monitor')
  monitor.session = session
  document.body.append(monitor)
  assert.equal(monitor.shadowRoot, null)
  monitors.defineSessionMonitor()
  monitors.defineSessionMonitor()
  assert.equal(inside(monitor).status(), 'authenticated')
  assert.equal(monitor.session, session)
})

test('where a document knows no style sheets of its own there is a panel without style', async context => {
  const { prototype } = window.ShadowRoot
  const sheets = Object.getOwnPropertyDescriptor(prototype, 'adoptedStyleSheets')
  delete prototype.adoptedStyleSheets
  globalThis.CSSStyleSheet = function CSSStyleSheet() {
    throw new TypeError('Illegal constructor')
  }
  context.after(() => Object.defineProperty(prototype, 'adoptedStyleSheets', sheets))
  const { session } = await start()
  assert.equal(mount(session).status(), 'authenticated')
})

const SOURCE = `
import { SessionMonitor } from 'session-warden/react'
globalThis.shown = SessionMonitor
`

/** Builds an application by `bundle`, for both modes, and looks for the panel in its files. */
async function checkBundles(context, bundle) {
  const folder = await mkdtemp(join(tmpdir(), 'session-warden-monitor-'))
  const { NODE_ENV } = process.env
  context.after(async () => {
    if (NODE_ENV === undefined) delete process.env.NODE_ENV
    else process.env.NODE_ENV = NODE_ENV
    await rm(folder, { recursive: true })
  })
  await install(folder)
  for (const [mode, count] of [
    ['development', 1],
    ['production', 0],
  ]) {
    process.env.NODE_ENV = mode
    const texts = await bundle(folder, mode)
    const panels = texts.filter(text => text.includes('session-monitor'))
    assert.equal(panels.length, count, mode)
    // It comes when it is called for, and not with the application.
    const others = texts.filter(text => !panels.includes(text))
    assert.ok(others.some(text => text.includes('shown')))
  }
}

test('esbuild leaves the panel out of what it builds for production', context =>
  checkBundles(context, async (folder, mode) => {
    const { outputFiles } = await esbuild({
      entryPoints: [join(folder, 'app.js')],
      outdir: join(folder, 'out'),
      bundle: true,
      splitting: true,
      format: 'esm',
      write: false,
      define: { 'process.env.NODE_ENV': JSON.stringify(mode) },
    })
    return outputFiles.map(({ text }) => text)
  }))

test('Vite leaves the panel out of what it builds for production', context =>
  checkBundles(context, async (folder, mode) => {
    const outDir = join(folder, mode)
    await vite({ root: folder, mode, logLevel: 'error', build: { outDir } })
    const files = await readdir(join(outDir, 'assets'))
    return Promise.all(files.map(file => readFile(join(outDir, 'assets', file), 'utf8')))
  }))

async function install(folder) {
  const modules = fileURLToPath(new URL('../../node_modules', import.meta.url))
  await writeFile(join(folder, 'app.js'), SOURCE)
  await writeFile(join(folder, 'index.html'), '<script type="module" src="./app.js"></script>')
  // Copied: followed to where it is, a link would find no React there.
  await cp(join(STUB_PACKAGE, 'dist'), join(folder, 'node_modules/session-warden/dist'), { recursive: true })
  const manifest = await readFile(new URL('../package.json', import.meta.url))
  await writeFile(join(folder, 'node_modules/session-warden/package.json'), manifest)
  await symlink(join(modules, 'react'), join(folder, 'node_modules/react'), 'junction')
}
