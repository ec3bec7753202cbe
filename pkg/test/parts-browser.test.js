// The parts for React and Redux Toolkit as they are built, in a browser: `npm run build` comes first.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openApps } from './support/app.js'
import { ANSWER } from './support/site.js'
import { tokenOf } from './support/token.js'

const PAGE = '<!doctype html><title>app</title><main></main><script type="module" src="./app.js"></script>'

/** The session prompts a second after the last activity and leaves 59 seconds for an answer. */
const REACT_APP = `
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { createSession } from 'session-warden'
import { RequireSession, SessionManager, SessionProvider, useAuth } from 'session-warden/react'

const session = createSession({ idleTimeout: 60_000, idlePrompt: 59_000, promptEndsOn: 'stay' })
globalThis.prompts = 0
session.on('prompt', () => (globalThis.prompts += 1))

function SignIn() {
  const { login } = useAuth()
  return <button onClick={() => login('zoe@example.com', 'secret')}>Sign in</button>
}

function Inside() {
  const { user } = useAuth()
  return <label>Note of {user.name} <input autoFocus /></label>
}

createRoot(document.querySelector('main')).render(
  <StrictMode>
    <SessionProvider session={session}>
      <SessionManager />
      <RequireSession fallback={<SignIn />}><Inside /></RequireSession>
    </SessionProvider>
  </StrictMode>,
)
`

const REDUX_APP = `
import { configureStore } from '@reduxjs/toolkit'
import { createSession } from 'session-warden'
import { createAuthSlice } from 'session-warden/redux'

globalThis.session = createSession()
globalThis.auth = createAuthSlice(session, { tokens: true })
globalThis.store = configureStore({
  reducer: { auth: auth.reducer },
  middleware: defaults => defaults().concat(auth.middleware),
})
`

let browser
let site
let close

before(async () => {
  ;({ browser, site, close } = await openApps(PAGE, { react: REACT_APP, redux: REDUX_APP }))
})

after(() => close?.())

/** Two tabs of one application, and what they complain about. */
async function openTabs(name, context) {
  const browserContext = await browser.newContext()
  context.after(() => browserContext.close())
  const complaints = []
  const open = async () => {
    const page = await browserContext.newPage()
    page.on('pageerror', error => complaints.push(error.message))
    page.on('console', message => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
    })
    await page.goto(`${site.href}/${name}/index.html`)
    return page
  }
  return { tabs: [await open(), await open()], complaints }
}

const promptIn = tab => tab.getByRole('alertdialog', { name: 'Are you still there?' })
const note = tab => tab.getByRole('textbox', { name: 'Note of Zoë 李' })
const focused = tab =>
  tab.evaluate(() => document.activeElement.textContent || document.activeElement.tagName)
const gone = locator => locator.waitFor({ state: 'detached' })

async function signIn(tabs) {
  await tabs[0].getByRole('button', { name: 'Sign in' }).click()
  for (const tab of tabs) await note(tab).waitFor()
}

test('an idle user is asked in every tab, and one answer counts for all', async context => {
  const { tabs, complaints } = await openTabs('react', context)
  const [first, other] = tabs
  await signIn(tabs)
  for (const tab of tabs) await promptIn(tab).waitFor()

  // What StrictMode mounts twice closes once as well, and that must not be taken for an answer.
  await first.getByText(/^5[0-7] seconds left$/).waitFor()
  assert.equal(await first.evaluate(() => prompts), 1)
  assert.equal(await focused(first), 'Stay signed in')
  assert.equal(await first.evaluate(() => document.querySelector('dialog').matches(':modal')), true)
  assert.equal(await first.evaluate(() => document.getAnimations().length), 0)

  await first.keyboard.press('Escape')
  for (const tab of tabs) await gone(promptIn(tab))
  assert.equal(await focused(first), 'INPUT')

  // As browsers do by themselves at a second Escape, when nothing was clicked in between.
  for (const tab of tabs) await promptIn(tab).waitFor()
  await first.evaluate(() => document.querySelector('dialog').close())
  for (const tab of tabs) await gone(promptIn(tab))

  await promptIn(other).getByRole('button', { name: 'Stay signed in' }).click()
  for (const tab of tabs) await gone(promptIn(tab))
  for (const tab of tabs) assert.ok(await note(tab).isVisible())
  assert.deepEqual(complaints, [])
})

test('a sign-out in one tab is shown in the others', async context => {
  const { tabs, complaints } = await openTabs('react', context)
  const [first] = tabs
  await signIn(tabs)
  await promptIn(first).getByRole('button', { name: 'Sign out' }).click()
  for (const tab of tabs) {
    await tab.getByRole('button', { name: 'Sign in' }).waitFor()
    await gone(promptIn(tab))
  }
  assert.deepEqual(complaints, [])
})

/** A token that the application got by itself. */
const OWN = tokenOf({ sub: '7', own: true })

test('after whatever was awaited the store tells of it, in every tab', async context => {
  const { tabs, complaints } = await openTabs('redux', context)
  const [first, other] = tabs
  const states = await first.evaluate(async token => {
    const state = () => ({ ...store.getState().auth, snapshot: session.getSnapshot() })
    const { refreshToken, setCredentials } = auth.actions
    await session.ready
    const atFirst = state()
    await session.login({})
    const signedIn = state()
    await store.dispatch(refreshToken())
    const refreshed = { ...state(), fresh: await session.getAccessToken() }
    await store.dispatch(setCredentials({ token, tokenExpiry: Date.now() + 5_000_000 }))
    return { atFirst, signedIn, refreshed, taken: state() }
  }, OWN)
  assert.equal(states.atFirst.isLoading, false)
  assert.equal(states.atFirst.isAuthenticated, false)
  assert.deepEqual(states.signedIn.user, ANSWER.user)
  assert.equal(states.signedIn.token, ANSWER.access_token)
  assert.notEqual(states.refreshed.token, ANSWER.access_token)
  assert.equal(states.refreshed.token, states.refreshed.fresh)
  assert.equal(states.taken.token, OWN)
  assert.ok(states.taken.tokenExpiry > states.refreshed.tokenExpiry)
  for (const { isAuthenticated, tokenExpiry, autoLogoutTimer, snapshot } of Object.values(states)) {
    assert.equal(isAuthenticated, snapshot.status === 'authenticated')
    assert.equal(tokenExpiry, snapshot.expiresAt)
    assert.equal(autoLogoutTimer, snapshot.idleAt)
  }

  await other.waitForFunction(() => store.getState().auth.isAuthenticated)
  const signedOut = await other.evaluate(async () => {
    await store.dispatch(auth.actions.logout())
    return store.getState().auth
  })
  assert.deepEqual([signedOut.isAuthenticated, signedOut.user, signedOut.token], [false, null, null])
  await first.waitForFunction(() => !store.getState().auth.isAuthenticated)
  assert.deepEqual(complaints, [])
})
