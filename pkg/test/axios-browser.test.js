// The part for axios in a browser, with the package as it is built: XMLHttpRequest is what most pages send with.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { openApiSite } from './support/api-site.js'
import { launchBrowser } from './support/browser.js'
import { bundle, pageOf } from './support/bundle.js'

const VERSIONS = ['axios', 'axios-1.7', 'axios-1.6']

const PAGE = `
  import axios from 'axios'
  import { createSession } from 'session-warden'
  import { attachSession, createApi } from 'session-warden/axios'
  Object.assign(globalThis, { axios, createSession, attachSession, createApi })
`

let browser
let site
let elsewhere

before(async () => {
  const files = {}
  for (const version of VERSIONS) {
    // An alias for what it is already would go round in circles.
    files[`/${version}.js`] = await bundle(PAGE, version === 'axios' ? {} : { axios: version })
    files[`/${version}/`] = pageOf(`/${version}.js`)
  }
  site = await openApiSite(files)
  elsewhere = await openApiSite()
  browser = await launchBrowser()
})

after(async () => {
  await browser?.close()
  site?.close()
  elsewhere?.close()
})

beforeEach(() => {
  site.reset()
  elsewhere.reset()
})

const authorizations = () => site.sent.map(({ headers }) => headers.authorization)

/** What the server was sent, as far as it must be the same each time. */
const content = ({ method, url, headers, body }) => {
  const boundary = /boundary=(.*)/.exec(headers['content-type'])?.[1]
  const withoutBoundary = text => (boundary === undefined ? text : text.replaceAll(boundary, 'BOUNDARY'))
  return {
    method,
    path: url.replace(/^\/(api|open)/, ''),
    type: withoutBoundary(headers['content-type'] ?? 'none'),
    own: headers['x-own'],
    body: withoutBoundary(body.toString('latin1')),
  }
}

for (const version of VERSIONS) {
  describe(version, () => {
    let page

    before(async () => {
      page = await browser.newPage()
      await page.goto(`${site.href}/${version}/`)
      await page.waitForFunction(() => globalThis.createApi)
      await page.evaluate(() => {
        globalThis.session = createSession()
        globalThis.api = createApi(session, { baseURL: '/api' })
      })
    })

    after(() => page.close())

    beforeEach(() => page.evaluate(() => session.login({ password: 'right' })))

    test('failure 38: twenty 401s over three instances make one refresh, and one retry each', async () => {
      site.expire()
      const statuses = await page.evaluate(async () => {
        const instances = [api, createApi(session, { baseURL: '/api' }), axios.create({ baseURL: '/api' })]
        attachSession(instances[2], session)
        const requests = Array.from({ length: 20 }, (_, n) =>
          instances[n % 3].get('/things', { params: { n } }),
        )
        return (await Promise.all(requests)).map(({ status }) => status)
      })
      assert.deepEqual(statuses, Array(20).fill(200))
      assert.equal(site.refreshes, 1)
      assert.equal(site.sent.length, 40)
    })

    test('failure 38: a 401 that no new token helps makes no second refresh', async () => {
      site.answers['/api/never'] = (_, response) => response.writeHead(401).end()
      const results = await page.evaluate(async () => {
        const attempt = () => api.get('/never').catch(error => error.response.status)
        const first = await attempt()
        const many = await Promise.all(Array.from({ length: 20 }, attempt))
        return [first, ...many, session.getSnapshot().status]
      })
      assert.deepEqual(results, [...Array(21).fill(401), 'authenticated'])
      assert.equal(site.refreshes, 1)
      // Each is retried once at most.
      assert.ok(site.sent.length <= 42, `${site.sent.length} requests`)
    })

    for (const [name, send] of [
      ['JSON', (path, config) => api.post(path, { text: '"ü"', list: [1] }, config)],
      ['a string', (path, config) => api.put(path, 'text ü', config)],
      ['URLSearchParams', (path, config) => api.post(path, new URLSearchParams({ a: 'ü&', b: '' }), config)],
      ['a Blob', (path, config) => api.post(path, new Blob([Uint8Array.of(0, 255, 10)]), config)],
      ['an ArrayBuffer', (path, config) => api.patch(path, Uint8Array.of(0, 255, 10).buffer, config)],
      ['params', (path, config) => api.get(path, { ...config, params: { q: 'a b', list: [1, 2] } })],
      [
        'a form with a file',
        (path, config) => {
          const form = new FormData()
          form.append('field', 'ü')
          form.append('file', new File([Uint8Array.of(0, 255, 10)], 'näme.bin', { type: 'x/y' }))
          return api.post(path, form, config)
        },
      ],
      ['postForm', (path, config) => api.postForm(path, { a: 1, file: new Blob(['b']) }, config)],
    ]) {
      test(`failure 40: ${name} arrives as without a session, and in the retry as well`, async () => {
        site.expire()
        await page.evaluate(
          `(async send => {
            const headers = { 'x-own': 'kept' }
            await send('/things', { baseURL: '/open', skipSession: true, headers })
            await send('/things', { headers })
          })(${send})`,
        )
        const [plain, first, second] = site.sent.map(content)
        assert.equal(site.sent.length, 3)
        assert.deepEqual(first, plain)
        assert.deepEqual(second, plain)
        assert.equal(second.own, 'kept')
      })
    }

    test('progress is told of in each sending, up and down', async () => {
      const size = 300_000
      site.answers['/api/file'] = (_, response, body) => {
        response.writeHead(200, { 'content-length': body.length })
        response.end(body)
      }
      site.expire()
      const { up, down, length } = await page.evaluate(async size => {
        const up = []
        const down = []
        const { data } = await api.post('/file', new Blob([new Uint8Array(size)]), {
          responseType: 'blob',
          onUploadProgress: ({ loaded, total }) => up.push([loaded, total]),
          onDownloadProgress: ({ loaded, total }) => down.push([loaded, total]),
        })
        return { up, down, length: data.size }
      }, size)
      assert.equal(length, size)
      assert.ok(up.filter(([loaded, total]) => loaded === size && total === size).length >= 2, `${up}`)
      assert.deepEqual(down.at(-1), [size, size])
    })

    for (const [type, read] of [
      ['blob', data => data.text()],
      ['arraybuffer', data => new TextDecoder().decode(data)],
      ['text', data => data],
      ['json', data => JSON.stringify(data)],
    ]) {
      test(`an answer of the type ${type} is whole after a retry`, async () => {
        site.expire()
        const text = await page.evaluate(
          `(async read => read((await api.get('/things', { responseType: '${type}' })).data))(${read})`,
        )
        assert.deepEqual(JSON.parse(text), { method: 'GET', url: '/api/things' })
        assert.equal(site.refreshes, 1)
      })
    }

    test('an abort leaves the wait for a refresh at once and harms no other', async () => {
      site.expire()
      site.held = true
      await page.evaluate(() => {
        globalThis.controller = new AbortController()
        globalThis.source = axios.CancelToken.source()
        const outcome = promise => promise.then(({ status }) => status, axios.isCancel)
        globalThis.aborted = outcome(api.get('/things', { signal: controller.signal }))
        globalThis.cancelled = outcome(api.get('/things', { cancelToken: source.token }))
        globalThis.others = Promise.all([1, 2, 3].map(n => outcome(api.get(`/others/${n}`))))
      })
      const isHeld = () => site.sent.length === 5 && site.refreshes === 1
      while (!isHeld()) await page.evaluate(() => new Promise(requestAnimationFrame))
      // The refresh stands still, so that these can only come of the abort.
      const outcomes = await page.evaluate(() => {
        controller.abort()
        source.cancel()
        return Promise.all([aborted, cancelled])
      })
      assert.deepEqual(outcomes, [true, true])
      site.held = false
      assert.deepEqual(await page.evaluate(() => others), [200, 200, 200])
      assert.equal(site.refreshes, 1)
      assert.equal(site.sent.filter(({ url }) => url === '/api/things').length, 2)
    })

    test('a timeout counts for the sending, is axios’ own, and ends nothing', async () => {
      site.answers['/api/slow'] = () => {}
      const error = await page.evaluate(() =>
        api.get('/slow', { timeout: 300 }).catch(({ code, message }) => ({ code, message })),
      )
      assert.deepEqual(error, { code: 'ECONNABORTED', message: 'timeout of 300ms exceeded' })

      site.expire()
      site.held = true
      await page.evaluate(() => {
        globalThis.late = api.get('/things', { timeout: 300 })
        globalThis.waited = new Promise(resolve => setTimeout(resolve, 400))
      })
      await page.evaluate(() => waited)
      site.held = false
      assert.equal(await page.evaluate(async () => (await late).status), 200)
      assert.equal(await page.evaluate(() => session.getSnapshot().status), 'authenticated')
    })

    test('failure 42: a redirect elsewhere takes no token along, and brings none back', async () => {
      site.answers['/api/away'] = (_, response) =>
        response.writeHead(302, { location: `${elsewhere.href}/open/evil` }).end()
      let status = 200
      elsewhere.answers['/open/evil'] = ({ method, headers }, response) => {
        response.writeHead(method === 'OPTIONS' ? 204 : status, {
          'access-control-allow-origin': headers.origin,
          'access-control-allow-headers': 'authorization',
          'access-control-expose-headers': '*',
          'x-new-access-token': 'evil',
        })
        response.end('evil')
      }
      for (status of [200, 401]) {
        const seen = await page.evaluate(() =>
          api
            .get('/away')
            .catch(({ response }) => response)
            .then(r => r.status),
        )
        assert.equal(seen, status)
      }
      assert.equal(site.refreshes, 0)
      assert.notEqual(await page.evaluate(() => session.getAccessToken()), 'evil')
      assert.ok(elsewhere.sent.length >= 2)
      for (const { headers } of elsewhere.sent) assert.equal(headers.authorization, undefined)
    })

    test('a login through an instance signs in; failure 39: a wrong password is the caller’s alone', async () => {
      await page.evaluate(() => session.logout())
      site.refreshes = 0
      const results = await page.evaluate(async () => {
        const auth = createApi(session)
        const wrong = await auth
          .post('/login', { password: 'wrong' })
          .catch(({ response }) => response.status)
        const before = session.getSnapshot().status
        const { data } = await auth.post('/login', { password: 'right' })
        const { status } = session.getSnapshot()
        return [wrong, before, status, data.access_token === (await session.getAccessToken())]
      })
      assert.deepEqual(results, [401, 'unauthenticated', 'authenticated', true])
      assert.equal(site.refreshes, 0)
      await page.evaluate(() => api.get('/things'))
      assert.match(authorizations().at(-1), /^Bearer/)
    })

    test('failure 39: a session whose own requests go by an attached instance does not wait for itself', async () => {
      const status = await page.evaluate(async () => {
        const byAxios = async (url, { method, headers, body, signal }) => {
          await null
          const { data, status } = await instance.request({
            url,
            method,
            headers: Object.fromEntries(new Headers(headers)),
            data: body,
            signal,
            responseType: 'text',
            transformResponse: [],
            validateStatus: null,
          })
          return new Response(data, { status })
        }
        const instance = axios.create()
        const own = createSession({ name: 'own', fetch: byAxios })
        attachSession(instance, own)
        // Due at once, so that there is no token to go on with.
        await own.setTokens({ accessToken: 'old', refreshToken: 'more', expiresAt: 1 })
        const { status } = await instance.get('/api/things')
        own.dispose()
        return status
      })
      assert.equal(status, 200)
      assert.equal(site.refreshes, 1)
    })
  })
}
