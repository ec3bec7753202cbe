// The package as it is built, in a browser: `npm run build` comes first.
import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { launchBrowser } from './support/browser.js'
import { ANSWER, openSite } from './support/site.js'

const PACKAGE = fileURLToPath(new URL('..', import.meta.url))

const PAGE = '<!doctype html><title>app</title><script type="module" src="./app.js"></script>'
const app = source => `import { createSession } from '${source}'\nglobalThis.session = createSession()\n`

let browser
let folder
let site

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'session-warden-browser-'))
  await writeApp('plain', '/package/dist/esm/index.js')
  await writeApp('vite', 'session-warden')
  await mkdir(join(folder, 'vite/node_modules'))
  await symlink(PACKAGE, join(folder, 'vite/node_modules/session-warden'), 'junction')
  await build({ root: join(folder, 'vite'), base: './', logLevel: 'error' })

  site = await openSite({
    '/package/': PACKAGE,
    '/plain/': join(folder, 'plain'),
    '/vite/': join(folder, 'vite/dist'),
  })
  browser = await launchBrowser()
})

after(async () => {
  await browser?.close()
  site?.close()
  await rm(folder, { recursive: true })
})

async function writeApp(name, source) {
  await mkdir(join(folder, name))
  await writeFile(join(folder, name, 'index.html'), PAGE)
  await writeFile(join(folder, name, 'app.js'), app(source))
}

/** A page of its own, and what it complains about. */
async function open(path, context) {
  const browserContext = await browser.newContext()
  context.after(() => browserContext.close())
  const page = await browserContext.newPage()
  const complaints = []
  page.on('pageerror', error => complaints.push(error.message))
  page.on('console', message => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  await page.goto(`${site.href}/${path}/index.html`)
  return { page, complaints }
}

const logIn = page => page.evaluate(() => session.login({ email: 'zoe@example.com', password: 'secret' }))

for (const [path, how] of [
  ['plain', 'as a plain module script'],
  ['vite', 'through a production build of Vite'],
]) {
  test(`${how}, under a strict policy, a session starts and logs in`, async context => {
    const { page, complaints } = await open(path, context)
    const { status, error } = await page.evaluate(() => session.ready)
    assert.equal(status, 'unauthenticated', error?.message)
    assert.equal((await logIn(page)).status, 'authenticated')
    assert.equal(await page.evaluate(() => session.getAccessToken()), ANSWER.access_token)
    assert.deepEqual(complaints, [])
  })
}

test('every value of the snapshot has its name', async context => {
  const { page } = await open('plain', context)
  const before = Date.now()
  const { expiresAt, refreshAt, lastActivityAt, idleAt, promptAt, ...rest } = await logIn(page)
  const after = Date.now()
  const isAbout = (instant, milliseconds) =>
    assert.ok(instant >= before + milliseconds && instant <= after + milliseconds, `${instant - after}`)
  isAbout(expiresAt, 900_000)
  isAbout(lastActivityAt, 0)
  isAbout(promptAt, 29 * 60_000)
  isAbout(idleAt, 30 * 60_000)
  assert.ok(refreshAt > after && refreshAt < expiresAt)
  assert.deepEqual(rest, {
    status: 'authenticated',
    error: null,
    user: ANSWER.user,
    claims: { sub: '7', name: 'Zoë 李' },
    endsAt: null,
    prompting: false,
    refreshing: false,
    offline: false,
    ending: false,
    endReason: null,
    endedBy: null,
    storage: 'local',
    degraded: null,
  })
  await page.evaluate(() => session.logout())
  const { status, endReason, endedBy, claims, user } = await page.evaluate(() => session.getSnapshot())
  assert.deepEqual(
    { status, endReason, endedBy, claims, user },
    { status: 'unauthenticated', endReason: 'logout', endedBy: 'this-tab', claims: null, user: null },
  )
})
