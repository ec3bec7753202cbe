// The ways into an application that README.md and docs/react.md have, as they stand there: an application installs the
// package and takes those blocks for its files, with nothing but what starts it beside them. Vite builds it, and the
// reference server serves it under its policy.
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { build } from 'vite'
import { launchBrowser } from '../../pkg/test/support/browser.js'
import { AuthServer } from '../e2e/support/server.mjs'
import { installedApplication, writeInto } from './support/application.mjs'
import { pageAt, ROOT } from './support/pages.mjs'

const ADA = { email: 'ada@example.com', password: 'correct horse' }

/** What README.md calls the paths of its server. */
const README_PATHS = {
  '"POST /register"': '"POST /api/register"',
  '"POST /login"': '"POST /api/login"',
  '"POST /refresh"': '"POST /api/refresh"',
  '"POST /logout"': '"POST /api/logout"',
  'path = "/my-bookings"': 'path = "/api/bookings"',
}

/** What an application has around its components. */
const START = {
  'index.html': '<!doctype html><div id="root"></div><script type="module" src="./start.jsx"></script>',
  'start.jsx': `
    import { createRoot } from 'react-dom/client'
    import { App } from './app'
    export { session } from './session'
    createRoot(document.getElementById('root')).render(<App />)`,
}

const application = await installedApplication()

let browser

before(async () => {
  browser = await launchBrowser()
})

after(() => browser?.close())

test('plain JavaScript, as README.md has it', async t => {
  const files = filesOf('README.md', ['session.js', 'index.html', 'main.js'])
  const page = await open(t, 'plain', files, README_PATHS)
  await shows(page, 'output', 'signed out')
  const said = page.waitForEvent(
    'console',
    message => message.args().length === 1 && message.text().startsWith('{'),
  )
  await signIn(page)
  await shows(page, 'output', ADA.email)
  const bookings = await (await said).args()[0].jsonValue()
  assert.deepEqual(bookings.items, [])
  assert.equal(bookings.user.email, ADA.email)

  const other = await page.context().newPage()
  await other.goto(page.url())
  await shows(other, 'output', ADA.email)
})

test('React, as README.md has it', async t => {
  const files = { ...START, ...filesOf('README.md', ['session.js', 'app.tsx']) }
  files['start.jsx'] += '\nimport { session } from "./session"; globalThis.session = session'
  const page = await open(t, 'readme-react', files, README_PATHS)
  await shows(page, 'a', 'Sign in')
  await page.evaluate(ada => globalThis.session.login(ada), ADA)
  await shows(page, 'button', `Sign out ${ADA.email}`)
  await page.click('button')
  // Where `loginUrl` leads.
  await page.waitForURL('**/sign-in')
})

test('React, as docs/react.md has it', async t => {
  const files = {
    ...START,
    ...filesOf('docs/react.md', ['session.ts', 'app.tsx', 'sign-in.tsx', 'home.tsx']),
  }
  const page = await open(t, 'react', files, { 'path = "/my-bookings"': 'path = "/api/bookings"' })
  await page.waitForSelector('form')
  await page.fill('[name=email]', ADA.email)
  await page.fill('[name=password]', 'wrong')
  await page.click('button')
  await shows(page, '[role=alert]', 'That is not your password.')
  await signIn(page)
  await page.waitForSelector('h1')
  const booked = page.waitForResponse('**/api/bookings')
  await page.click('text=Book')
  assert.match(await (await booked).request().headerValue('authorization'), /^Bearer /)
  await page.reload()
  await page.waitForSelector('h1')
  await page.click('text=Sign out')
  await page.waitForSelector('form')
})

test('axios, as README.md has it', async t => {
  const files = {
    ...filesOf('README.md', ['session.js', 'api.js']),
    'index.html': '<!doctype html><script type="module" src="./start.js"></script>',
    'start.js':
      'import axios from "axios"; import { api } from "./api"; import { session } from "./session"\n' +
      'Object.assign(globalThis, { api, axios, session })',
  }
  const page = await open(t, 'axios', files, README_PATHS)
  await page.waitForFunction(() => globalThis.session)
  const emails = await page.evaluate(async ada => {
    const { api, axios, session } = globalThis
    await session.login(ada)
    const answers = await Promise.all([api.get('/bookings'), axios.get('/api/bookings')])
    return answers.map(({ data }) => data.user.email)
  }, ADA)
  assert.deepEqual(emails, [ADA.email, ADA.email])
})

test('the tokens in README.md are tokens', async t => {
  const files = {
    ...filesOf('README.md', ['session.js']),
    'index.html': '<!doctype html><script type="module" src="./start.js"></script>',
    'start.js': 'import { session } from "./session"; globalThis.session = session',
  }
  const page = await open(t, 'tokens', files, README_PATHS)
  const answer = pageAt('README.md').blocks.find(({ lang }) => lang === 'json').text
  await page.route('**/api/login', route => route.fulfill({ contentType: 'application/json', body: answer }))
  await page.waitForFunction(() => globalThis.session)
  const { user, livesFor } = await page.evaluate(async () => {
    const before = Date.now()
    const { user, expiresAt } = await globalThis.session.login({})
    return { user, livesFor: expiresAt - before }
  })
  assert.deepEqual(user, JSON.parse(answer).user)
  const told = JSON.parse(answer).expires_in * 1_000
  assert.ok(livesFor >= told && livesFor < told + 60_000, `${livesFor} ms`)
})

/** The files that a page's blocks are. */
function filesOf(path, names) {
  return Object.fromEntries(
    names.map(name => {
      const found = pageAt(path).blocks.filter(({ file }) => file === name)
      assert.equal(found.length, 1, `${path} has ${found.length} blocks for ${name}`)
      return [name, found[0].text]
    }),
  )
}

/** Builds the application, and opens it in a browser, with a server that knows Ada; `paths` are edits of its profile. */
async function open(t, name, files, paths) {
  const root = join(application, name)
  for (const [file, text] of Object.entries(files)) await writeInto(root, file, text)
  const folder = await mkdtemp(join(tmpdir(), 'session-warden-docs-'))
  const profile = join(folder, 'profile.toml')
  await writeFile(profile, await editedProfile(paths))
  const server = new AuthServer(folder, { profile })
  t.after(async () => {
    await server.kill()
    await rm(folder, { recursive: true })
  })
  await build({ root, configFile: false, logLevel: 'error', build: { outDir: join(folder, 'site') } })
  await server.start()
  const registered = await server.post(paths['"POST /register"'] ? '/api/register' : '/register', ADA)
  assert.equal(registered.status, 201)

  const context = await browser.newContext()
  t.after(() => context.close())
  const page = await context.newPage()
  await page.goto(server.url)
  return page
}

async function editedProfile(edits) {
  const text = await readFile(join(ROOT, 'server/profiles/event-booking.toml'), 'utf8')
  return Object.entries(edits).reduce((before, [from, to]) => {
    assert.ok(before.includes(from), `there is no ${from}`)
    return before.replace(from, to)
  }, text)
}

async function signIn(page) {
  await page.fill('[name=email]', ADA.email)
  await page.fill('[name=password]', ADA.password)
  await page.click('button')
}

const shows = (page, selector, text) => page.locator(selector, { hasText: text }).waitFor()
