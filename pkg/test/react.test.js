// The part for React around a stub core, with every React that is promised.
import assert from 'node:assert/strict'
import { afterEach, before, beforeEach, describe, mock, test } from 'node:test'
import { counted } from './support/counted.js'
import { settled } from './support/page.js'
import { closeWindow, importWithReact, openWindow, REACTS } from './support/react.js'

const SIGNED_IN = {
  status: 'authenticated',
  user: { id: '7', email: 'ada@example.com', teams: ['a'] },
  claims: { sub: '7', roles: ['editor'] },
}
const SIGNED_OUT = { status: 'unauthenticated', user: null }

for (const react of REACTS) {
  describe(`React ${react.version}`, () => suite(react))
}

function suite(react) {
  let warden
  let h
  let act
  let page
  let unmounts
  let complaints

  before(async () => {
    // Says once that it is experimental.
    mock.timers.enable()
    mock.timers.reset()
    openWindow()
    warden = await importWithReact(react)
    ;({ createElement: h, act } = warden)
    await closeWindow()
  })

  beforeEach(context => {
    page = openWindow()
    unmounts = []
    complaints = []
    for (const level of ['error', 'warn'])
      context.mock.method(console, level, (...words) => complaints.push(words.join(' ')))
  })

  afterEach(async () => {
    for (const unmount of unmounts) await unmount()
    await closeWindow()
    assert.deepEqual(complaints, [])
  })

  async function start(state = SIGNED_IN, options = {}) {
    const session = warden.createSession({ logLevel: 'silent', ...options })
    await session.ready
    const core = page.stage.cores.at(-1)
    core.become(state)
    return { session, core }
  }

  /** Renders into a document; returns what is there and what takes it away. */
  async function mount(element, container = newContainer()) {
    const root = warden.createRoot(container)
    let isMounted = true
    const unmount = async () => {
      if (isMounted) await act(() => root.unmount())
      isMounted = false
    }
    unmounts.push(unmount)
    const render = next => act(() => root.render(next))
    await render(element)
    return { container, render, unmount, text: () => container.textContent }
  }

  function newContainer() {
    return document.body.appendChild(document.createElement('div'))
  }

  const provide = (session, ...children) => h(warden.SessionProvider, { session }, ...children)

  /** A component that shows what `use` returns, and remembers it at each render. */
  function probe(use) {
    const seen = []
    const Probe = () => {
      const value = use()
      seen.push(value)
      return h('output', null, JSON.stringify(value))
    }
    return { Probe, seen }
  }

  test('a component shows how the session stands, and what becomes of it', async () => {
    const { session, core } = await start()
    const { Probe, seen } = probe(() => warden.useSession())
    const { text } = await mount(provide(session, h(Probe)))
    assert.equal(seen.at(-1), session.getSnapshot())
    await act(() => core.become(SIGNED_OUT))
    assert.equal(JSON.parse(text()).status, 'unauthenticated')
    assert.equal(seen.at(-1), session.getSnapshot())
  })

  test('a page without a server shows the session at once as it is', async () => {
    const { session } = await start()
    const { Probe, seen } = probe(() => warden.useSession(({ status }) => status))
    await mount(provide(session, h(Probe)))
    assert.deepEqual(seen, ['authenticated'])
  })

  test('what a component selects decides when it renders', async () => {
    const { session, core } = await start()
    const { Probe, seen } = probe(() => warden.useSession(({ user }) => user?.email))
    await mount(provide(session, h(Probe)))
    await act(() => core.become({ lastActivityAt: 1 }))
    await act(() => core.become({ refreshing: true }))
    assert.deepEqual(seen, ['ada@example.com'])
    await act(() => core.become({ user: { ...SIGNED_IN.user, email: 'ada@example.org' } }))
    assert.deepEqual(seen, ['ada@example.com', 'ada@example.org'])
  })

  test('a user with the same content is the same user', async () => {
    const { session, core } = await start()
    const { Probe, seen } = probe(() => warden.useSession(({ user }) => user))
    await mount(provide(session, h(Probe)))
    await act(() => core.become({ user: structuredClone(SIGNED_IN.user) }))
    assert.equal(seen.length, 1)
    await act(() => core.become({ user: { ...SIGNED_IN.user, teams: ['a', 'b'] } }))
    assert.deepEqual(seen.at(-1).teams, ['a', 'b'])
  })

  test('a selector may be another at each render, and make something new of the same', async () => {
    const { session, core } = await start()
    const { Probe, seen } = probe(() => warden.useSession(({ user, status }) => ({ user, status })))
    const { render } = await mount(provide(session, h(Probe)))
    await act(() => core.become({ lastActivityAt: 1 }))
    assert.equal(seen.length, 1)
    await render(provide(session, h(Probe)))
    assert.equal(seen.length, 2)
    assert.equal(seen[0], seen[1])
  })

  test('another selector is heeded at once', async () => {
    const { session } = await start()
    const Shown = ({ name }) => h('output', null, String(warden.useSession(snapshot => snapshot[name])))
    const { render, text } = await mount(provide(session, h(Shown, { name: 'status' })))
    assert.equal(text(), 'authenticated')
    await render(provide(session, h(Shown, { name: 'endReason' })))
    assert.equal(text(), 'null')
  })

  test('another session is heeded at once, and the former one left', async () => {
    const one = counted((await start(SIGNED_IN, { name: 'one' })).session)
    const other = counted((await start(SIGNED_OUT, { name: 'other' })).session)
    const { Probe, seen } = probe(() => warden.useSession(({ status }) => status))
    const { render } = await mount(provide(one.session, h(Probe)))
    await render(provide(other.session, h(Probe)))
    assert.deepEqual(seen, ['authenticated', 'unauthenticated'])
    assert.deepEqual([one.count.listeners, other.count.listeners], [0, 1])
  })

  test('without a provider the error says so', async () => {
    const { Probe } = probe(() => warden.useSession())
    await assert.rejects(mount(h(Probe)), /no <SessionProvider>/)
    complaints = []
  })

  test('useAuth tells who is signed in, and nothing else renders it', async () => {
    const { session, core } = await start()
    const { Probe, seen } = probe(() => warden.useAuth())
    const { render } = await mount(provide(session, h(Probe)))
    assert.deepEqual(Object.keys(seen[0]).sort(), [
      'isAuthenticated',
      'isLoading',
      'login',
      'logout',
      'refreshTokens',
      'register',
      'user',
    ])
    assert.deepEqual(
      [seen[0].isAuthenticated, seen[0].isLoading, seen[0].user],
      [true, false, SIGNED_IN.user],
    )
    await act(() => core.become({ lastActivityAt: 1, user: structuredClone(SIGNED_IN.user) }))
    assert.equal(seen.length, 1)
    await render(provide(session, h(Probe)))
    assert.equal(seen.length, 2)
    assert.equal(seen.pop(), seen[0])
    await act(() => core.become(SIGNED_OUT))
    assert.deepEqual([seen[1].isAuthenticated, seen[1].isLoading, seen[1].user], [false, false, null])
    for (const name of ['login', 'register', 'logout', 'refreshTokens'])
      assert.equal(seen[0][name], seen[1][name])
  })

  test('until the session is there useAuth is loading', async () => {
    const session = warden.createSession()
    const { Probe, seen } = probe(() => warden.useAuth())
    await mount(provide(session, h(Probe)))
    assert.deepEqual([seen[0].isAuthenticated, seen[0].isLoading], [false, true])
    await act(() => session.ready)
    assert.deepEqual([seen.at(-1).isAuthenticated, seen.at(-1).isLoading], [false, false])
  })

  test('what useAuth offers reaches the session', async () => {
    const { session, core } = await start()
    const { Probe, seen } = probe(() => warden.useAuth())
    await mount(provide(session, h(Probe)))
    const { login, register, logout, refreshTokens } = seen[0]
    core.calls = []
    assert.equal(await login('ada@example.com', 'secret'), undefined)
    await login('ada@example.com', 'secret', { remember: false })
    await login({ name: 'ada', pin: 1 }, { remember: false })
    assert.equal(await register({ name: 'ada', pin: 1 }, { remember: false }), undefined)
    assert.equal(await refreshTokens(), undefined)
    // A button's `onClick` hands its event over.
    await logout({ everywhere: true })
    assert.deepEqual(core.calls, [
      ['authenticate', 'login', { email: 'ada@example.com', password: 'secret' }, true],
      ['authenticate', 'login', { email: 'ada@example.com', password: 'secret' }, false],
      ['authenticate', 'login', { name: 'ada', pin: 1 }, false],
      ['authenticate', 'register', { name: 'ada', pin: 1 }, false],
      ['refresh'],
      ['logout', false],
    ])
  })

  test('a login that fails is the caller’s to handle', async () => {
    const { session, core } = await start(SIGNED_OUT)
    core.answers.authenticate = () => Promise.reject({ code: 'http', status: 401 })
    const { Probe, seen } = probe(() => warden.useAuth())
    await mount(provide(session, h(Probe)))
    await assert.rejects(seen[0].login('ada@example.com', 'wrong'), { code: 'http', status: 401 })
  })

  for (const [state, text] of [
    [{ status: 'loading' }, 'wait'],
    [SIGNED_IN, 'secret'],
    [SIGNED_OUT, 'sign in'],
  ]) {
    test(`RequireSession, ${state.status}`, async () => {
      const { session } = await start(state)
      const guarded = h(warden.RequireSession, { fallback: 'sign in', loading: 'wait' }, 'secret')
      assert.equal((await mount(provide(session, guarded))).text(), text)
    })
  }

  test('what a session that cannot start shows is said, or it is an error', async () => {
    const { session: started } = await start()
    const error = new warden.WasmLoadError('no WebAssembly here')
    const failed = Object.freeze({ ...started.getSnapshot(), status: 'failed', error })
    const session = { ...started, getSnapshot: () => failed }
    const guarded = shown => h(warden.RequireSession, { fallback: 'sign in', failed: shown }, 'secret')
    const by = ({ code }) => `broken: ${code}`
    assert.equal((await mount(provide(session, guarded(by)))).text(), 'broken: wasm-load')
    assert.equal((await mount(provide(session, guarded('broken')))).text(), 'broken')
    await assert.rejects(mount(provide(session, guarded())), { code: 'wasm-load' })
    complaints = []
  })

  /** What a server renders of `element`, which `make` makes of a session of its own. */
  async function onServer(make) {
    const { document, window } = globalThis
    delete globalThis.document
    delete globalThis.window
    const session = warden.createSession()
    await session.ready
    assert.equal(session.getSnapshot().status, 'unauthenticated')
    const html = warden.renderToString(make(session))
    Object.assign(globalThis, { document, window })
    return html
  }

  /** Shows the HTML of a server and hydrates it. */
  async function hydrate(html, element) {
    const container = newContainer()
    container.innerHTML = html
    const recovered = []
    let root
    await act(() => {
      root = warden.hydrateRoot(container, element, { onRecoverableError: error => recovered.push(error) })
    })
    unmounts.push(() => act(() => root.unmount()))
    assert.deepEqual(recovered, [])
    return container
  }

  test('a server’s HTML is hydrated as it is, and then shows who is signed in', async () => {
    const texts = []
    const Shown = () => {
      const { isAuthenticated, isLoading } = warden.useAuth()
      const status = warden.useSession(snapshot => snapshot.status)
      texts.push(status)
      return h('p', null, `${status} ${isAuthenticated} ${isLoading}`)
    }
    const app = session =>
      provide(
        session,
        h(warden.SessionManager),
        h(Shown),
        h(warden.RequireSession, { fallback: h('b', null, 'sign in'), loading: h('i') }, 'secret'),
      )
    const html = await onServer(app)
    assert.equal(html, '<p>loading false true</p><i></i>')
    const { session } = await start()
    texts.length = 0
    const container = await hydrate(html, app(session))
    assert.equal(container.innerHTML, '<p>authenticated true false</p>secret')
    assert.deepEqual(texts, ['loading', 'authenticated'])
  })

  test('what is hydrated late is hydrated as it was, too', async () => {
    const { Suspense, lazy } = warden
    let arrive
    const arrival = new Promise(resolve => (arrive = resolve))
    const Shown = () =>
      h(
        'p',
        null,
        warden.useSession(snapshot => snapshot.status),
      )
    const Late = lazy(() => arrival)
    const app = (session, Inner) => provide(session, h(Suspense, { fallback: '…' }, h(Inner)))
    const html = await onServer(session => app(session, Shown))
    const { session, core } = await start()
    const container = await hydrate(html, app(session, Late))
    assert.match(container.innerHTML, /<p>loading<\/p>/)
    await act(() => core.become({ lastActivityAt: 1 }))
    await act(async () => {
      arrive({ default: Shown })
      await arrival
    })
    assert.match(container.innerHTML, /<p>authenticated<\/p>/)
  })

  test('under StrictMode everything works twice and nothing is left behind', async () => {
    const { core, session: plain } = await start()
    const { session, count } = counted(plain)
    const { Probe } = probe(() => warden.useAuth())
    const ends = []
    const app = h(
      warden.StrictMode,
      null,
      provide(session, h(Probe), h(warden.SessionManager, { onEnd: end => ends.push(end) })),
    )
    const { unmount } = await mount(app)
    await act(() => core.become({ prompting: true, idleAt: Date.now() + 60_000 }))
    assert.equal(dialogs().length, 1)
    assert.ok(dialogs()[0].open)
    await settled()
    assert.deepEqual(core.calls, [['start']])
    await act(() => core.emit('end', { reason: 'idle', endedBy: 'this-tab' }))
    assert.deepEqual(ends, [{ reason: 'idle', endedBy: 'this-tab' }])
    await unmount()
    assert.equal(count.listeners, 0)
    assert.equal(dialogs().length, 0)
    assert.deepEqual(core.calls, [['start']])
  })

  test('what suspends before it was shown listens to nothing', async () => {
    const { session: plain } = await start()
    const { session, count } = counted(plain)
    const never = new Promise(() => {})
    const Suspending = () => {
      warden.useSession(({ status }) => status)
      throw never
    }
    await mount(provide(session, h(warden.Suspense, { fallback: '…' }, h(Suspending))))
    assert.equal(count.listeners, 0)
  })

  const dialogs = () => [...document.querySelectorAll('dialog')]
  const prompting = (seconds = 60) => ({
    ...SIGNED_IN,
    prompting: true,
    idleAt: Date.now() + seconds * 1_000,
  })
  const over = { prompting: false }

  test('SessionManager asks the user, and only while the session does', async () => {
    const { session, core } = await start()
    await mount(h(warden.SessionManager, { session }))
    assert.equal(dialogs().length, 0)
    await act(() => core.become(prompting()))
    assert.equal(dialogs().length, 1)
    assert.ok(dialogs()[0].open)
    await act(() => core.become(over))
    assert.equal(dialogs().length, 0)
  })

  test('SessionManager takes another prompt, or none', async () => {
    const { session } = await start(prompting())
    const { text } = await mount(h(warden.SessionManager, { session, prompt: 'own' }))
    assert.equal(text(), 'own')
    await mount(h(warden.SessionManager, { session, prompt: null }))
    assert.equal(dialogs().length, 0)
  })

  test('SessionManager calls back in place of a prompt, once for each', async () => {
    const { session, core } = await start()
    const heard = []
    const callback = label => prompt => {
      heard.push([label, prompt])
      return () => heard.push([`${label} over`])
    }
    const manager = label => h(warden.SessionManager, { session, onPrompt: callback(label) })
    const { render } = await mount(manager('first'))
    const state = prompting()
    await act(() => core.become(state))
    await render(manager('second'))
    assert.equal(dialogs().length, 0)
    assert.equal(heard.length, 1)
    const [[label, prompt]] = heard
    assert.deepEqual([label, prompt.endsAt], ['first', state.idleAt])
    core.calls = []
    prompt.stay()
    await prompt.logout()
    assert.deepEqual(core.calls, [['stay'], ['logout', false]])
    await act(() => core.become(over))
    assert.deepEqual(heard.slice(1), [['first over']])
    await act(() => core.become(prompting(90)))
    assert.equal(heard.at(-1)[0], 'second')
  })

  test('a prompt that is up already is told of as well', async () => {
    const { session } = await start(prompting())
    const heard = []
    await mount(h(warden.SessionManager, { session, onPrompt: ({ endsAt }) => void heard.push(endsAt) }))
    assert.deepEqual(heard, [session.getSnapshot().idleAt])
  })

  test('SessionManager tells of the end', async () => {
    const { session, core } = await start()
    const heard = []
    const manager = label =>
      h(warden.SessionManager, { session, onEnd: ({ reason }) => heard.push([label, reason]) })
    const { render } = await mount(manager('first'))
    await render(manager('second'))
    await act(() => core.emit('end', { reason: 'idle', endedBy: 'this-tab' }))
    assert.deepEqual(heard, [['second', 'idle']])
  })

  async function openPrompt(props, state = prompting()) {
    const { session, core } = await start(state)
    const mounted = await mount(provide(session, h(warden.IdlePrompt, props)))
    core.calls = []
    return { core, ...mounted, dialog: dialogs()[0] }
  }

  const named = (dialog, attribute) => document.getElementById(dialog.getAttribute(attribute)).textContent

  test('the prompt is a modal alert with a name and a description', async context => {
    const showModal = context.mock.method(window.HTMLDialogElement.prototype, 'showModal')
    const { dialog } = await openPrompt()
    assert.equal(showModal.mock.callCount(), 1)
    assert.equal(dialog.getAttribute('role'), 'alertdialog')
    assert.equal(named(dialog, 'aria-labelledby'), 'Are you still there?')
    assert.equal(
      named(dialog, 'aria-describedby'),
      'You have not been active for a while. You will be signed out in 60 seconds.',
    )
    // The first one gets the focus.
    assert.deepEqual(
      [...dialog.querySelectorAll('button')].map(({ textContent, type }) => [textContent, type]),
      [
        ['Stay signed in', 'button'],
        ['Sign out', 'button'],
      ],
    )
  })

  test('the buttons answer the prompt', async () => {
    const { core, dialog } = await openPrompt()
    const [stay, logout] = dialog.querySelectorAll('button')
    await act(() => stay.click())
    await act(() => logout.click())
    assert.deepEqual(core.calls, [['stay'], ['logout', false]])
  })

  test('Escape is an answer, but it is the session that closes the prompt', async () => {
    const { core, dialog } = await openPrompt()
    const cancel = new window.Event('cancel', { cancelable: true })
    await act(() => dialog.dispatchEvent(cancel))
    assert.ok(cancel.defaultPrevented)
    assert.ok(dialog.open)
    assert.deepEqual(core.calls, [['stay']])
  })

  test('a browser that closes the prompt by itself answers it', async () => {
    const { core, dialog } = await openPrompt()
    await act(() => dialog.close())
    assert.deepEqual(core.calls, [['stay']])
  })

  test('a prompt that is over or taken away is closed first, and that is no answer', async () => {
    const { core, dialog, unmount } = await openPrompt()
    const closed = []
    dialog.close = () => closed.push(dialog.isConnected)
    await act(() => core.become(over))
    assert.deepEqual(closed, [true])
    await act(() => core.become(prompting()))
    const again = dialogs()[0]
    again.close = () => closed.push(again.isConnected)
    await unmount()
    assert.deepEqual(closed, [true, true])
    assert.deepEqual(core.calls, [])
  })

  const shown = dialog => dialog.querySelector('[role=timer]').textContent
  const said = dialog => dialog.querySelector('[role=status]').textContent

  test('the time that is left is shown every second and said a few times', async context => {
    const { session } = await start(SIGNED_IN)
    context.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_000_000 })
    page.stage.cores.at(-1).become(prompting())
    await mount(provide(session, h(warden.IdlePrompt)))
    const [dialog] = dialogs()
    const heard = []
    for (let second = 60; second >= 0; second--) {
      assert.equal(shown(dialog), second === 1 ? '1 second left' : `${second} seconds left`)
      if (said(dialog) !== heard.at(-1)) heard.push(said(dialog))
      await act(() => context.mock.timers.tick(1_000))
    }
    assert.deepEqual(heard, ['', '30 seconds left', '10 seconds left'])
    // The description would be read out again if it changed.
    assert.match(named(dialog, 'aria-describedby'), /in 60 seconds/)
  })

  test('the seconds change when they do, not a second after the prompt came up', async context => {
    const { session, core } = await start(SIGNED_IN)
    context.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_000_000 })
    core.become(prompting(59.4))
    await mount(provide(session, h(warden.IdlePrompt)))
    assert.equal(shown(dialogs()[0]), '60 seconds left')
    await act(() => context.mock.timers.tick(400))
    assert.equal(shown(dialogs()[0]), '59 seconds left')
  })

  test('a late timer says what is left then', async context => {
    const { session, core } = await start(SIGNED_IN)
    context.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_000_000 })
    core.become(prompting())
    await mount(provide(session, h(warden.IdlePrompt)))
    // As when the tab was frozen: the clock goes on and no timer runs.
    context.mock.timers.setTime(1_000_000 + 42_500)
    await act(() => context.mock.timers.tick(1))
    assert.equal(shown(dialogs()[0]), '18 seconds left')
    assert.equal(said(dialogs()[0]), '18 seconds left')
  })

  test('a countdown that nobody sees any more stops', async context => {
    const { session, core } = await start(SIGNED_IN)
    context.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_000_000 })
    core.become(prompting())
    const cleared = context.mock.method(globalThis, 'clearTimeout')
    await mount(provide(session, h(warden.IdlePrompt)))
    await act(() => core.become(over))
    assert.equal(cleared.mock.callCount(), 1)
  })

  test('a session that ends for another reason first counts down to that', async () => {
    const state = prompting(60)
    const { dialog } = await openPrompt({}, { ...state, endsAt: state.idleAt - 40_000 })
    assert.equal(shown(dialog), '20 seconds left')
  })

  test('minutes are minutes', async () => {
    const { dialog } = await openPrompt({}, prompting(300))
    assert.match(named(dialog, 'aria-describedby'), /in 5 minutes\./)
  })

  test('the prompt can be worded and styled', async () => {
    const { dialog } = await openPrompt({
      className: 'prompt',
      classNames: { title: 't', message: 'm', remaining: 'r', stay: 's', logout: 'l' },
      labels: { title: 'Noch da?', remaining: seconds => `noch ${seconds} s`, stay: 'Ja' },
    })
    assert.equal(dialog.className, 'prompt')
    assert.equal(named(dialog, 'aria-labelledby'), 'Noch da?')
    assert.equal(shown(dialog), 'noch 60 s')
    assert.deepEqual(
      ['t', 'm', 'r', 's', 'l'].map(name => dialog.querySelector(`.${name}`).tagName),
      ['H2', 'P', 'P', 'BUTTON', 'BUTTON'],
    )
    assert.equal(dialog.querySelector('.s').textContent, 'Ja')
    assert.equal(dialog.querySelector('.l').textContent, 'Sign out')
  })

  test('the prompt can show something else, and is read out all the same', async () => {
    const children = ({ secondsLeft, stay }) => h('button', { onClick: stay }, `${secondsLeft}, still here`)
    const { dialog, core } = await openPrompt({ children })
    const [button, ...others] = dialog.querySelectorAll('button')
    assert.deepEqual([button.textContent, others.length], ['60, still here', 0])
    assert.equal(named(dialog, 'aria-labelledby'), 'Are you still there?')
    assert.match(named(dialog, 'aria-describedby'), /in 60 seconds/)
    for (const attribute of ['aria-labelledby', 'aria-describedby'])
      assert.ok(document.getElementById(dialog.getAttribute(attribute)).hidden)
    await act(() => button.click())
    assert.deepEqual(core.calls, [['stay']])
  })

  const monitors = () => [...document.querySelectorAll('session-monitor')]
  const monitor = props => h(warden.SessionMonitor, props)

  /** In an `environment`, until what is loaded in it has arrived. */
  async function loaded(context, environment, render) {
    const { process } = globalThis
    context.after(() => Object.assign(globalThis, { process }))
    globalThis.process = environment
    const result = await render()
    await act(async () => {
      await import(warden.monitorUrl)
      await settled()
    })
    Object.assign(globalThis, { process })
    return result
  }

  const DEVELOPMENT = { ...process, env: { NODE_ENV: 'development' } }

  test('in development SessionMonitor shows the session, and takes the panel away with itself', async context => {
    const { session: plain, core } = await start()
    const { session, count } = counted(plain)
    const app = h(warden.StrictMode, null, provide(session, monitor({ label: 'Mine' })))
    const { container, unmount } = await loaded(context, DEVELOPMENT, () => mount(app))
    assert.equal(container.innerHTML, '')
    assert.equal(monitors().length, 1)
    const [{ shadowRoot, label }] = monitors()
    assert.deepEqual([label, shadowRoot.querySelector('.status').textContent], ['Mine', 'authenticated'])
    core.become(SIGNED_OUT)
    assert.equal(shadowRoot.querySelector('.status').textContent, 'unauthenticated')
    await unmount()
    assert.deepEqual([monitors().length, count.listeners], [0, 0])
  })

  test('a panel that is not wanted any more when it arrives is not shown', async context => {
    const { session } = await start()
    await loaded(context, DEVELOPMENT, async () => {
      const { unmount } = await mount(monitor({ session }))
      await unmount()
    })
    assert.equal(monitors().length, 0)
  })

  async function checkSilence(context, environment) {
    const { session: plain } = await start()
    const { session, count } = counted(plain)
    const { container } = await loaded(context, environment, () => mount(monitor({ session })))
    assert.deepEqual([container.innerHTML, monitors().length, count.listeners], ['', 0, 0])
  }

  test('in production SessionMonitor is silent', context =>
    checkSilence(context, { ...process, env: { NODE_ENV: 'production' } }))

  test('in tests of an application SessionMonitor is silent', context =>
    checkSilence(context, { ...process, env: { NODE_ENV: 'test' } }))

  test('in a page that knows no process SessionMonitor is silent', context =>
    checkSilence(context, undefined))

  test('a server renders nothing of SessionMonitor', async () => {
    assert.equal(await onServer(session => monitor({ session })), '')
  })
}
