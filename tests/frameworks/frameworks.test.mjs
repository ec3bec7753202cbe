// The applications of docs/frameworks.md as they stand there, built with their frameworks' own compilers, in a browser.
import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import vue from '@vitejs/plugin-vue'
import solid from 'vite-plugin-solid'
import { compilerPath } from '../../pkg/build/declarations.mjs'
import { openApiSite, sendJson } from '../../pkg/test/support/api-site.js'
import { launchBrowser } from '../../pkg/test/support/browser.js'
import { angular } from './support/angular.mjs'
import { buildApp, typeErrors, writeApp } from './support/app.mjs'
import { blocksOf } from './support/blocks.mjs'

const installed = path => fileURLToPath(new URL(`node_modules/${path}`, import.meta.url))

const REACT_ROUTER = {
  main: 'react-router.js',
  // Only then StrictMode mounts everything twice.
  define: { 'process.env.NODE_ENV': '"development"' },
  types: [compilerPath(), { jsx: 'react-jsx' }],
  hasRouter: true,
}

/** The types of `session-warden/react` ask for those of React. */
const PREACT_TYPES = {
  jsx: 'react-jsx',
  jsxImportSource: 'preact',
  paths: { react: ['./node_modules/preact/compat'], 'react/*': ['./node_modules/preact/*'] },
}

/** By the pages and their sections: how the application is built and its types checked, and what it has. */
const PAGES = {
  'frameworks.md': {
    Vue: { main: 'vue.js', plugins: [vue()], types: [installed('vue-tsc/bin/vue-tsc.js')], hasRouter: true },
    Svelte: {
      main: 'svelte.js',
      plugins: [svelte({ configFile: false })],
      types: [installed('svelte-check/bin/svelte-check')],
    },
    Solid: {
      main: 'solid.js',
      plugins: [solid()],
      types: [compilerPath(), { jsx: 'preserve', jsxImportSource: 'solid-js' }],
    },
    Angular: { main: 'angular.js', plugins: [angular()], hasRouter: true },
    Preact: { main: 'preact.js', hasConfig: true, types: [compilerPath(), PREACT_TYPES] },
  },
  'react-router.md': { 'Declarative mode': REACT_ROUTER, 'Data mode': { ...REACT_ROUTER, hasLoader: true } },
}

/** Half a minute before the session's end for idleness; the prompt comes a minute before it. */
const LATE = 29.5 * 60_000

const DEEP = '/bookings/12'

let browser

before(async () => {
  browser = await launchBrowser()
})

after(() => browser?.close())

for (const [page, apps] of Object.entries(PAGES)) {
  const sections = await blocksOf(page)

  test(`every section of ${page} has a test, and every test its section`, () => {
    assert.deepEqual([...sections.keys()], Object.keys(apps))
  })

  for (const [name, how] of Object.entries(apps))
    describe(name, () => showsSession({ blocks: sections.get(name), ...how }))
}

function showsSession({ blocks, main, types, hasRouter = false, hasLoader = false, ...how }) {
  let root
  let site

  before(async () => {
    root = await writeApp(blocks, main)
    const files = await buildApp(root, how)
    if (hasRouter) files['/sign-in'] = files[DEEP] = files['/index.html']
    files['/'] = files['/index.html']
    site = await openApiSite(files)
    site.user = { id: '7', name: 'Ada' }
    site.answers[`/api${DEEP}`] = (_, response) => sendJson(response, 200, { title: 'Crane 4' })
  })

  after(async () => {
    site?.close()
    if (root !== undefined) await rm(root, { recursive: true })
  })

  /** A window of a browser of its own, with a clock that the test can set forward. */
  async function openWindow(t) {
    const context = await browser.newContext()
    t.after(() => context.close())
    await context.clock.install()
    return context.newPage()
  }

  async function open(t, path = '/') {
    const page = await openWindow(t)
    await page.goto(site.href + path)
    return page
  }

  // Angular's compiler checks them in the build.
  if (types !== undefined)
    test('its types are right', async () => assert.equal(await typeErrors(root, ...types), ''))

  test('nothing is claimed while nothing is known', async t => {
    const page = await openWindow(t)
    let letGo
    const held = new Promise(resolve => (letGo = resolve))
    await page.route(/wasm-inline/, async route => {
      await held
      await route.continue()
    })
    await page.goto(site.href)
    await page.getByText('One moment…').waitFor()
    assert.equal(await page.getByRole('button').count(), 0)
    letGo()
    await signInButton(page).waitFor()
    assert.equal(await page.getByText('One moment…').count(), 0)
  })

  test('a session that could not start is not signed out', async t => {
    const page = await openWindow(t)
    await page.route(site.href, async route => {
      const response = await route.fetch()
      const headers = { ...response.headers(), 'content-security-policy': "script-src 'self'" }
      await route.fulfill({ response, headers })
    })
    await page.goto(site.href)
    await page.getByRole('alert').filter({ hasText: 'Content-Security-Policy' }).waitFor()
    assert.equal(await page.getByRole('button').count(), 0)
  })

  test('a login shows the user, a refused one does not, and a reload changes nothing', async t => {
    const page = await open(t)
    await signIn(page, 'wrong')
    await page.getByText('That did not work.').waitFor()
    await signIn(page)
    await greeting(page).waitFor()
    await page.reload()
    await greeting(page).waitFor()
    assert.equal(await signInButton(page).count(), 0)
  })

  test('a logout shows the form and why, and a login the user, in every tab', async t => {
    const page = await open(t)
    await signIn(page)
    await greeting(page).waitFor()
    const other = await page.context().newPage()
    await other.goto(site.href)
    await other.getByRole('button', { name: 'Sign out' }).click()
    for (const tab of [page, other]) {
      await tab.getByText('You were signed out: logout').waitFor()
      await signInButton(tab).waitFor()
      assert.equal(await greeting(tab).count(), 0)
    }
    await signIn(other)
    for (const tab of [page, other]) await greeting(tab).waitFor()
  })

  test('an idle user is asked, sees the time run out, may stay, and is told the reason of the end', async t => {
    const page = await open(t)
    await signIn(page)
    await greeting(page).waitFor()
    assert.equal(await page.getByRole('alertdialog').count(), 0)

    const { idleAt } = await page.evaluate(() => session.getSnapshot())
    await page.clock.pauseAt(idleAt - 30_500)
    await page.waitForFunction(() => session.getSnapshot().prompting)
    await page.clock.runFor(1_200)
    await timer(page, '30 s').waitFor()
    await page.clock.runFor(5_000)
    await timer(page, '25 s').waitFor()
    await page.clock.resume()
    // The pointer on its way there would be answer enough.
    await page.getByRole('button', { name: 'Stay signed in' }).dispatchEvent('click')
    await page.getByRole('alertdialog').waitFor({ state: 'detached' })

    await page.clock.fastForward(LATE)
    await page.getByRole('alertdialog').waitFor()
    await page.clock.fastForward(31_000)
    await page.getByText('You were signed out: idle').waitFor()
  })

  test('activity draws nothing anew', async t => {
    const page = await open(t)
    await signIn(page)
    await greeting(page).waitFor()
    await page.evaluate(() => {
      const { user, lastActivityAt } = session.getSnapshot()
      Object.assign(probe, { draws: 0, lastActivityAt })
      const { id, name } = user
      // The same object until the user changes. Every drawing reads it; the session, to compare, what it is as JSON.
      Object.defineProperty(user, 'name', { get: () => ++probe.draws && name })
      Object.defineProperty(user, 'toJSON', { value: () => ({ id, name }) })
    })
    await page.clock.fastForward(5_000)
    await page.evaluate(() => session.touch())
    await page.waitForFunction(() => session.getSnapshot().lastActivityAt > probe.lastActivityAt)
    assert.equal(await drawn(page), 0)
  })

  test('an application that is taken away leaves no listener', async t => {
    const page = await open(t)
    await signIn(page)
    await greeting(page).waitFor()
    assert.ok((await page.evaluate(() => probe.listeners)) > 0)
    await page.evaluate(() => unmount())
    await greeting(page).waitFor({ state: 'detached' })
    // Preact cleans up when the page has been painted, and Svelte a moment later as well.
    await page.waitForFunction(() => probe.listeners === 0)
  })

  if (!hasRouter) return

  test('the way to a protected page leads by the sign-in page, also after a logout in another tab', async t => {
    const page = await open(t, DEEP)
    await page.waitForURL(url => url.pathname === '/sign-in')
    assert.deepEqual(site.sent, [])
    await signIn(page)
    await page.waitForURL(site.href + DEEP)
    await greeting(page).waitFor()

    const other = await page.context().newPage()
    await other.goto(site.href)
    await other.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL(url => url.pathname === '/sign-in')
    await page.getByText('You were signed out: logout').waitFor()
    await signIn(page)
    await page.waitForURL(site.href + DEEP)
    await greeting(page).waitFor()
    if (hasLoader) await page.getByText('Crane 4').waitFor()
  })

  test('where to go on is never another site', async t => {
    for (const to of ['https://elsewhere.example/', '//elsewhere.example/']) {
      const page = await open(t, `/sign-in?to=${encodeURIComponent(to)}`)
      const asked = []
      page.on('request', request => asked.push(request.url()))
      await signIn(page)
      await page.waitForFunction(() => session.getSnapshot().status === 'authenticated')
      await drawn(page)
      assert.deepEqual(
        asked.filter(url => !url.startsWith(`${site.href}/`)),
        [],
        to,
      )
    }
  })
}

const signInButton = page => page.getByRole('button', { name: 'Sign in' })

const greeting = page => page.getByText('Hello Ada')

async function signIn(page, password = 'right') {
  await page.getByLabel('E-mail').fill('ada@example.com')
  await page.getByLabel('Password').fill(password)
  await signInButton(page).click()
}

const timer = (page, text) => page.getByRole('timer').filter({ hasText: text })

/** Waits for what is being drawn; how often the user's name was, where that is counted. */
function drawn(page) {
  return page.evaluate(
    () => new Promise(resolve => requestAnimationFrame(() => setTimeout(() => resolve(probe.draws)))),
  )
}
