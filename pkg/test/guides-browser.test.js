// The code of the guides as it stands there, in a browser with a server: `npm run build` comes first.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, beforeEach, test } from 'node:test'
import { launchBrowser } from './support/browser.js'
import { pageOf } from './support/bundle.js'
import { bundleGuide } from './support/guide.js'
import { tokenOf } from './support/token.js'

const NOW = () => Math.floor(Date.now() / 1000)

/** What the server is asked for and what it answers, by path: a function of the request that returns status and body. */
let answers
let asked
let files
let browser
let href
let server

before(async () => {
  server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString()
    const { pathname } = new URL(request.url, 'http://site.invalid')
    if (pathname in files) {
      response.setHeader('content-type', pathname.endsWith('.js') ? 'text/javascript' : 'text/html')
      return response.end(files[pathname])
    }
    const { method, headers } = request
    asked.push({ method, pathname, headers, body })
    const [status, answer, more] = answers[pathname]?.({ headers, body }) ?? [404, {}]
    response.writeHead(status, { 'content-type': 'application/json', ...more })
    response.end(JSON.stringify(answer))
  })
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  href = `http://127.0.0.1:${server.address().port}`
  browser = await launchBrowser()
})

after(async () => {
  await browser?.close()
  server?.closeAllConnections()
  server?.close()
})

beforeEach(() => {
  answers = {}
  asked = []
  files = { '/blank': '<!doctype html><title>blank</title>', '/app': pageOf('/app.js') }
})

/** A page in a browser of its own, whose storage is as `stored` says, and then the application. */
async function open(context, guide, names, stored = {}, prepare = async () => {}) {
  files['/app.js'] = await bundleGuide(guide, names)
  const browserContext = await browser.newContext()
  context.after(() => browserContext.close())
  const page = await browserContext.newPage()
  await prepare(page)
  await page.goto(`${href}/blank`)
  await page.evaluate(entries => Object.assign(localStorage, entries), stored)
  await page.goto(`${href}/app`)
  return page
}

const grant = (access_token, refresh_token) => [200, { access_token, refresh_token, expires_in: 900 }]

/** Answers `path` to who presents `expected`, once. */
function rotate(path, expected, next) {
  const spent = []
  answers[path] = ({ body }) => {
    const { refresh_token: presented } = JSON.parse(body)
    if (presented !== expected || spent.includes(presented)) return [401, { error: 'invalid_grant' }]
    spent.push(presented)
    return grant(next, `${expected}-2`)
  }
}

const expired = () => tokenOf({ sub: '7', iat: NOW() - 4000, exp: NOW() - 400 })

test('from a token manager of one’s own: who was signed in stays so, and callers go on', async context => {
  rotate('/api/v1/auth/refresh', 'old-refresh', 'new-access')
  answers['/api/v1/users/me'] = ({ headers }) =>
    headers.authorization === 'Bearer new-access' ? [200, { id: '7' }] : [401, {}]
  const page = await open(
    context,
    'migrating/from-a-token-manager.md',
    ['session.ts', 'adopt.ts', 'auth.ts'],
    {
      access_token: expired(),
      refresh_token: 'old-refresh',
      token_expiry: String(Date.now() - 400_000),
    },
  )
  await page.evaluate(() => adoptOldTokens())
  assert.deepEqual(await page.evaluate(() => apiClient.get('/users/me')), { id: '7' })
  assert.equal(await page.evaluate(() => tokenManager.getAccessToken()), 'new-access')
  assert.deepEqual(await page.evaluate(() => Object.keys(localStorage).filter(key => /token/.test(key))), [])
  // Found again by the next page, with nothing left to take over.
  await page.reload()
  await page.evaluate(() => adoptOldTokens())
  assert.equal((await page.evaluate(() => session.ready)).status, 'authenticated')
  assert.equal(asked.filter(({ pathname }) => pathname.endsWith('/refresh')).length, 1)
})

test('old tokens are left where the session cannot start, and bring nobody back who has signed out', async context => {
  answers['/api/v1/auth/login'] = () => grant('access', 'refresh')
  answers['/api/v1/auth/logout'] = () => [200, {}]
  const guide = 'migrating/from-a-token-manager.md'
  const old = { access_token: expired(), refresh_token: 'old-refresh' }
  const names = ['session.ts', 'adopt.ts', 'auth.ts']
  // As a Content-Security-Policy does it.
  const refuse = page =>
    page.addInitScript(() => {
      if (localStorage.getItem('refused')) WebAssembly.compile = () => Promise.reject(new Error('refused'))
    })
  const page = await open(context, guide, names, { ...old, refused: 'yes' }, refuse)
  await page.evaluate(() => adoptOldTokens())
  assert.equal(await page.evaluate(() => session.getSnapshot().status), 'failed')
  assert.equal(await page.evaluate(() => localStorage.getItem('refresh_token')), 'old-refresh')

  await page.evaluate(() => localStorage.removeItem('refused'))
  await page.reload()
  await page.evaluate(() => session.login({}))
  await page.evaluate(() => void session.logout())
  await page.waitForURL('**/login')
  await page.goto(`${href}/app`)
  await page.evaluate(() => adoptOldTokens())
  assert.equal(await page.evaluate(() => session.getSnapshot().status), 'unauthenticated')
  assert.equal(await page.evaluate(() => localStorage.getItem('refresh_token')), null)
})

test('from react-idle-timer and axios-auth-refresh: who was signed in stays so, for axios as well', async context => {
  rotate('/api/auth/refresh', 'old-refresh', 'new-access')
  answers['/api/things'] = ({ headers }) =>
    headers.authorization === 'Bearer new-access' ? [200, ['one']] : [401, {}]
  const guide = 'migrating/from-react-idle-timer-and-axios-auth-refresh.md'
  const stored = { token: expired(), refreshToken: 'old-refresh' }
  const page = await open(context, guide, ['session.ts', 'adopt.ts', 'api.ts'], stored)
  await page.evaluate(() => adoptOldTokens())
  assert.deepEqual(await page.evaluate(() => api.get('/things').then(({ data }) => data)), ['one'])
  assert.deepEqual(
    await page.evaluate(() => [localStorage.getItem('token'), localStorage.getItem('refreshToken')]),
    [null, null],
  )
})

test('from okta-auth-js: the stored tokens are taken over with their expiry, and renewed at Okta', async context => {
  const forms = []
  const okta = async route => {
    forms.push(Object.fromEntries(new URLSearchParams(route.request().postData() ?? '')))
    const [status, answer] = grant('new-access', 'new-refresh')
    const headers = { 'access-control-allow-origin': '*', 'access-control-allow-headers': '*' }
    await route.fulfill({ status, headers, json: answer })
  }
  const expiresAt = NOW() + 600
  const tokens = {
    accessToken: { accessToken: 'old-access', expiresAt, scopes: [], tokenType: 'Bearer' },
    idToken: { idToken: 'a.b.c', expiresAt, claims: { sub: '00u7', name: 'Zoë' } },
    refreshToken: { refreshToken: 'old-refresh', expiresAt: 1, scopes: [] },
  }
  const page = await open(
    context,
    'migrating/from-okta-auth-js.md',
    ['session.ts', 'tokens.ts'],
    { 'okta-token-storage': JSON.stringify(tokens) },
    // Somebody else's server, which no test can have.
    page => page.route('https://example.okta.com/**', okta),
  )
  await page.evaluate(() => adoptStored())
  const taken = await page.evaluate(() => session.getSnapshot())
  assert.deepEqual([taken.status, taken.user.id], ['authenticated', '00u7'])
  assert.ok(Math.abs(taken.expiresAt - expiresAt * 1000) < 1000, `${taken.expiresAt - expiresAt * 1000}`)
  assert.equal(await page.evaluate(() => session.peekAccessToken()), 'old-access')
  assert.equal(await page.evaluate(() => localStorage.getItem('okta-token-storage')), null)
  await page.evaluate(() => session.refresh())
  assert.deepEqual(forms, [
    { grant_type: 'refresh_token', refresh_token: 'old-refresh', client_id: '0oa1example' },
  ])
})

test('the plain prompt comes up, stays up under the mouse, and is answered by Escape', async context => {
  answers['/login'] = () => [200, { access_token: 'access', expires_in: 86_400 }]
  const page = await open(context, 'idle-prompt.md', ['session.ts', 'prompt.ts'], {}, page =>
    page.clock.install(),
  )
  const isOpen = () => page.locator('dialog').evaluate(({ open }) => open)
  await page.evaluate(() => session.login({}))
  await page.clock.fastForward('27:59')
  assert.equal(await isOpen(), false)
  await page.clock.fastForward('00:05')
  assert.equal(await isOpen(), true)
  await page.mouse.move(40, 40)
  await page.mouse.move(80, 80)
  assert.equal(await isOpen(), true)
  await page.keyboard.press('Escape')
  assert.equal(await isOpen(), false)
  await page.clock.fastForward('30:05')
  await page.waitForFunction(() => session.getSnapshot().status === 'unauthenticated')
  assert.equal(await page.evaluate(() => session.getSnapshot().endReason), 'idle')
})

test('with cookies, a sign-in by a redirect is heard of, also after a session has ended here', async context => {
  const isSignedIn = ({ headers }) => /(^|; )at=1/.test(headers.cookie ?? '')
  answers['/api/auth/token-info'] = request =>
    isSignedIn(request) ? [200, { expires_in: 900, user: { id: '7' } }] : [401, {}]
  answers['/api/auth/logout'] = () => [200, {}, { 'set-cookie': 'at=; HttpOnly; Path=/; Max-Age=0' }]
  answers['/elsewhere'] = () => [200, {}, { 'set-cookie': 'at=1; HttpOnly; Path=/' }]
  const page = await open(context, 'cookies.md', ['after-redirect.ts'])
  assert.equal((await page.evaluate(() => session.ready)).status, 'unauthenticated')
  assert.equal(await page.evaluate(() => signedInElsewhere().catch(({ status }) => status)), 401)

  await page.evaluate(() => fetch('/elsewhere'))
  const { status, user } = await page.evaluate(() => signedInElsewhere())
  assert.deepEqual([status, user], ['authenticated', { id: '7' }])

  await page.evaluate(() => session.logout())
  await page.evaluate(() => fetch('/elsewhere'))
  await page.reload()
  assert.equal((await page.evaluate(() => session.ready)).endReason, 'logout')
  assert.equal((await page.evaluate(() => signedInElsewhere())).status, 'authenticated')
})

test('with cookies, an encoded CSRF cookie is decoded into the header', async context => {
  const page = await open(context, 'cookies.md', ['encoded.ts'], {}, page =>
    page.context().addCookies([{ name: 'XSRF-TOKEN', value: 'a%3Db', url: href }]),
  )
  await page.evaluate(() => session.fetch('/api/things', { method: 'POST' }))
  await page.evaluate(() => session.fetch('/api/things'))
  const tokens = asked.filter(({ pathname }) => pathname === '/api/things').map(({ headers }) => headers)
  assert.deepEqual(
    tokens.map(headers => headers['x-xsrf-token']),
    ['a=b', undefined],
  )
})

test('a store of the application’s own has the tokens, and nothing else has them', async context => {
  answers['/login'] = () => grant('secret-access', 'secret-refresh')
  const page = await open(context, 'storage.md', ['native.ts'])
  const start = () =>
    page.evaluate(() => {
      const store = {
        get: async ({ key }) => ({ value: localStorage.getItem(`native/${key}`) }),
        set: async ({ key, value }) => localStorage.setItem(`native/${key}`, value),
        remove: async ({ key }) => localStorage.removeItem(`native/${key}`),
      }
      globalThis.session = createNativeSession(store)
      return session.ready
    })
  await start()
  await page.evaluate(() => session.login({}))
  const places = await page.evaluate(async () => {
    const rows = await new Promise((resolve, reject) => {
      const opening = indexedDB.open('session-warden')
      opening.onerror = () => reject(opening.error)
      opening.onsuccess = () => {
        const asking = opening.result.transaction('rows').objectStore('rows').getAll()
        asking.onsuccess = () => resolve(asking.result)
      }
    })
    const entries = Object.entries(localStorage)
    return {
      native: JSON.stringify(entries.filter(([key]) => key.startsWith('native/'))),
      others: JSON.stringify([rows, entries.filter(([key]) => !key.startsWith('native/'))]),
    }
  })
  assert.match(places.native, /secret-access/)
  assert.match(places.others, /"generation":1/)
  assert.doesNotMatch(places.others, /secret-/)
  await page.reload()
  assert.equal((await start()).status, 'authenticated')
  assert.equal(await page.evaluate(() => session.getAccessToken()), 'secret-access')
})
