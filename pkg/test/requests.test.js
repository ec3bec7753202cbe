// Requests of the page and what comes of them, with the package as it is built, in a browser over real HTTP.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import { launchBrowser } from './support/browser.js'
import { tokenOf } from './support/token.js'

let browser

before(async () => {
  browser = await launchBrowser()
})

after(() => browser?.close())

const DIST = new URL('../dist/esm/', import.meta.url)

/** A page with a session of these options, at a server where `answer(request)` says what is not a file. */
async function open(context, options, answer, tabs = 1) {
  const asked = []
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://site.invalid')
    if (pathname === '/') return response.setHeader('content-type', 'text/html').end('<!doctype html>')
    if (pathname.startsWith('/esm/')) {
      response.setHeader('content-type', 'text/javascript')
      return response.end(await readFile(new URL(pathname.slice('/esm/'.length), DIST)))
    }
    let body = ''
    for await (const part of request) body += part
    const seen = { path: pathname, method: request.method, headers: request.headers, body }
    asked.push(seen)
    const { status = 200, headers = {}, json } = (await answer(seen, asked)) ?? { status: 404 }
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(json === undefined ? '' : JSON.stringify(json))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const profile = await browser.newContext()
  context.after(async () => {
    await profile.close()
    server.closeAllConnections()
    server.close()
  })
  const pages = []
  for (let tab = 0; tab < tabs; tab++) {
    const page = await profile.newPage()
    await page.goto(`http://127.0.0.1:${server.address().port}/`)
    await page.evaluate(async options => {
      const { createSession } = await import('/esm/index.js')
      if (options.isFinal) options = { exchange: { isFinal: status => status === 404 } }
      globalThis.session = createSession(options)
      await session.ready
    }, options)
    pages.push(page)
  }
  return { page: pages[0], pages, asked }
}

/** A promise to be waited for, and what settles it. */
function gate() {
  let resolve
  const promise = new Promise(settle => {
    resolve = settle
  })
  return { promise, resolve }
}

const tokens = (name, rest = {}) => ({
  access_token: name,
  refresh_token: `${name}-more`,
  expires_in: 900,
  ...rest,
})

const logIn = page => page.evaluate(() => session.login({}))

const token = page => page.evaluate(() => session.peekAccessToken())

const snapshot = (page, ...names) =>
  page.evaluate(names => names.map(name => session.getSnapshot()[name]), names)

const send = (page, path, init) =>
  page.evaluate(([path, init]) => session.fetch(path, init).then(r => r.status), [path, init])

test('tokens in the headers of an answer are taken up in every tab, and the next refresh is with them', async context => {
  const { pages, asked } = await open(
    context,
    {},
    ({ path, body }) => {
      if (path === '/login') return { json: tokens('first', { user: { id: 7 } }) }
      if (path === '/refresh') return { json: tokens(`after-${JSON.parse(body).refresh_token}`) }
      return { headers: { 'x-new-access-token': 'second', 'x-new-refresh-token': 'second-more' }, json: {} }
    },
    2,
  )
  const [page, other] = pages
  await logIn(page)
  await other.waitForFunction(() => session.peekAccessToken() === 'first')
  await send(page, '/things')
  assert.equal(await token(page), 'second')
  await other.waitForFunction(() => session.peekAccessToken() === 'second')
  const [user, expiresAt] = await snapshot(page, 'user', 'expiresAt')
  assert.deepEqual(user, { id: 7 })
  // The lifetime that was last known.
  assert.ok(Math.abs(expiresAt - Date.now() - 900_000) < 60_000)
  await page.evaluate(() => session.refresh())
  assert.equal(await token(page), 'after-second-more')
  assert.equal(asked.filter(({ path }) => path === '/refresh').length, 1)
})

test('of a burst of answers with new tokens the first is taken up, and an older one never', async context => {
  const { promise: held, resolve: release } = gate()
  const { page } = await open(context, {}, async ({ path }) => {
    if (path === '/login') return { json: tokens('first') }
    if (path === '/slow') await held
    return { headers: { 'x-new-access-token': `by ${path}` }, json: {} }
  })
  await logIn(page)
  const slow = send(page, '/slow')
  await send(page, '/quick')
  assert.equal(await token(page), 'by /quick')
  release()
  await slow
  assert.equal(await token(page), 'by /quick')
})

test('tokens that come beside the answer to a request from before the logout are not taken up', async context => {
  const { promise: held, resolve: release } = gate()
  const { page } = await open(context, {}, async ({ path }) => {
    if (path === '/login') return { json: tokens('first') }
    if (path === '/slow') await held
    return { headers: { 'x-new-access-token': 'late' }, json: {} }
  })
  await logIn(page)
  const slow = send(page, '/slow')
  await page.evaluate(() => session.logout())
  release()
  await slow
  assert.deepEqual(await snapshot(page, 'status', 'endReason'), ['unauthenticated', 'logout'])
})

test('a login that the page sends by itself signs in, in every tab, by the time it is answered', async context => {
  const user = { id: 7, name: 'Zoë' }
  const { pages } = await open(context, {}, () => ({ json: tokens('first', { user }) }), 2)
  const [page, other] = pages
  assert.equal(await send(page, '/login', { method: 'POST', body: '{}' }), 200)
  assert.deepEqual(await snapshot(page, 'status', 'user'), ['authenticated', user])
  await other.waitForFunction(() => session.getSnapshot().status === 'authenticated')
})

test('a logout while such a login is under way stands', async context => {
  const { promise: held, resolve: release } = gate()
  const { page } = await open(context, {}, async ({ path, body }) => {
    if (path === '/login' && body === 'slow') await held
    return { json: tokens(body === 'slow' ? 'late' : 'first') }
  })
  await logIn(page)
  const slow = send(page, '/login', { method: 'POST', body: 'slow' })
  await page.evaluate(() => session.logout())
  release()
  assert.equal(await slow, 200)
  assert.deepEqual(await snapshot(page, 'status', 'endReason'), ['unauthenticated', 'logout'])
})

test('where it is to, a second 401 ends the session; else it is the caller’s', async context => {
  for (const [onSecond401, expected] of [
    ['end', ['unauthenticated', 'token-invalid']],
    ['return', ['authenticated', null]],
  ]) {
    const { page, asked } = await open(context, { onSecond401 }, ({ path }) =>
      path === '/login' || path === '/refresh' ? { json: tokens(tokenOf({ path })) } : { status: 401 },
    )
    await logIn(page)
    assert.equal(await send(page, '/things'), 401)
    await page.waitForFunction(expected => session.getSnapshot().endReason === expected, expected[1])
    assert.deepEqual(await snapshot(page, 'status', 'endReason'), expected)
    assert.equal(asked.filter(({ path }) => path === '/things').length, 2)
  }
})

test('which refusals are final is the application’s to say', async context => {
  const answers = { 401: ['authenticated', null], 404: ['unauthenticated', 'refresh-rejected'] }
  for (const [status, expected] of Object.entries(answers)) {
    const isFinal = true
    const { page } = await open(context, { isFinal }, ({ path }) =>
      path === '/login' ? { json: tokens('first', { expires_in: 1 }) } : { status: Number(status), json: {} },
    )
    await logIn(page)
    await page.waitForFunction(() => session.getSnapshot().expiresAt < Date.now())
    await page.evaluate(() => session.refresh().catch(() => {}))
    await page.waitForFunction(expected => session.getSnapshot().endReason === expected, expected[1])
    assert.deepEqual(await snapshot(page, 'status', 'endReason'), expected)
  }
})

test('cookies: a page that sees no token signs in, refreshes, reloads and signs out', async context => {
  const alive = new Set()
  const account = { user: { id: 7 }, roles: ['sales'], expires_in: 900 }
  const { page, asked } = await open(
    context,
    {
      exchange: 'cookie',
      csrf: { cookie: 'csrf', header: 'x-csrf-token' },
      endpoints: { tokenInfo: '/token-info' },
    },
    ({ path, method, headers }) => {
      const { sid, csrf } = Object.fromEntries(
        (headers.cookie ?? '').split('; ').map(entry => entry.split('=')),
      )
      if (path === '/login') {
        alive.add('s1')
        const cookies = ['sid=s1; HttpOnly; SameSite=Strict; Path=/', 'csrf=guard; SameSite=Strict; Path=/']
        return { headers: { 'set-cookie': cookies }, json: account }
      }
      if (!alive.has(sid)) return { status: 401, json: {} }
      if (method !== 'GET' && headers['x-csrf-token'] !== csrf) return { status: 403, json: {} }
      if (path === '/logout') {
        alive.delete(sid)
        return { status: 204, headers: { 'set-cookie': ['sid=; Max-Age=0; Path=/'] } }
      }
      return { json: account }
    },
  )
  assert.equal(await snapshot(page, 'status').then(([status]) => status), 'unauthenticated')
  await logIn(page)
  assert.deepEqual(await snapshot(page, 'status', 'user'), ['authenticated', { id: 7, roles: ['sales'] }])
  assert.equal(await page.evaluate(() => session.hasRole('sales')), true)
  assert.equal(await send(page, '/leads', { method: 'POST', body: '{}' }), 200)
  const first = await snapshot(page, 'expiresAt')
  await page.evaluate(() => session.refresh())
  assert.ok((await snapshot(page, 'expiresAt')) >= first)
  for (const { headers } of asked) assert.equal(headers.authorization, undefined)

  // Somebody has cleared what the page stores; the cookies are still there.
  await page.evaluate(async () => {
    session.dispose()
    localStorage.clear()
    for (const { name } of await indexedDB.databases()) indexedDB.deleteDatabase(name)
    const { createSession } = await import('/esm/index.js')
    globalThis.session = createSession({
      exchange: 'cookie',
      csrf: { cookie: 'csrf', header: 'x-csrf-token' },
      endpoints: { tokenInfo: '/token-info' },
    })
    await session.ready
  })
  assert.deepEqual(await snapshot(page, 'status', 'user'), ['authenticated', { id: 7, roles: ['sales'] }])
  await page.evaluate(() => session.logout())
  assert.equal(alive.size, 0)
  assert.deepEqual(await snapshot(page, 'status', 'endReason'), ['unauthenticated', 'logout'])
})

test('an access token in memory and a refresh token in a cookie: a reload finds the session again', async context => {
  const alive = new Set(['r1'])
  let last = 1
  const { page, pages, asked } = await open(
    context,
    { exchange: 'cookie', storage: 'memory' },
    ({ path, headers }) => {
      const [, presented] = headers.cookie?.match(/refresh=(r\d+)/) ?? []
      if (path !== '/login' && path !== '/refresh')
        return { status: headers.authorization === `Bearer access-${last}` ? 200 : 401, json: {} }
      if (path === '/refresh') {
        // Strict rotation: whoever comes with a used one has lost the session.
        if (!alive.delete(presented)) alive.clear()
        if (alive.size === 0 && presented !== `r${last}`) return { status: 401, json: {} }
        last += 1
        alive.add(`r${last}`)
      }
      const cookie = `refresh=r${last}; HttpOnly; SameSite=Strict; Path=/`
      return {
        headers: { 'set-cookie': cookie },
        json: { access_token: `access-${last}`, expires_in: 900, user: { id: 7 } },
      }
    },
    2,
  )
  const [, other] = pages
  await logIn(page)
  assert.equal(await token(page), 'access-1')
  await other.waitForFunction(() => session.peekAccessToken() === 'access-1')
  const stored = await page.evaluate(() => JSON.stringify({ ...localStorage }))
  assert.doesNotMatch(stored, /access-1/)

  // Both at once: no tab is left that could hand the token over.
  await Promise.all(pages.map(tab => tab.goto('about:blank')))
  const origin = asked.length
  const site = asked[0].headers.host
  await Promise.all(
    pages.map(async tab => {
      await tab.goto(`http://${site}/`)
      await tab.evaluate(async () => {
        const { createSession } = await import('/esm/index.js')
        globalThis.session = createSession({ exchange: 'cookie', storage: 'memory' })
        await session.ready
      })
    }),
  )
  for (const tab of pages)
    assert.equal(await tab.evaluate(() => session.fetch('/things').then(r => r.status)), 200)
  assert.equal(asked.slice(origin).filter(({ path }) => path === '/refresh').length, 1)
  assert.deepEqual(await snapshot(page, 'status', 'user'), ['authenticated', { id: 7 }])
})

test('failure 49: after a trap in the module everything that is asked is answered, and a logout signs out', async context => {
  const { page } = await open(context, {}, ({ path }) => ({
    json: path === '/logout' ? {} : tokens('first'),
  }))
  await logIn(page)
  const outcome = await page.evaluate(async () => {
    const { now } = Date
    // The core asks for the time in the middle of an input, and never gets to its end.
    Date.now = () => {
      throw new Error('no time')
    }
    try {
      session.touch()
    } catch {}
    Date.now = now
    const token = await session.getAccessToken()
    const { status } = await session.refresh()
    await session.logout()
    return [token, status, session.getSnapshot().status, session.getSnapshot().endReason]
  })
  assert.deepEqual(outcome, ['first', 'authenticated', 'unauthenticated', 'logout'])
})
