import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { closePage, openPage, settled } from './support/page.js'
import { importWithAxios } from './support/stub-package.js'

/** The newest, the oldest that is promised, and one between whose `fetch` hides redirects. */
const VERSIONS = ['axios', 'axios-1.7', 'axios-1.6']

let server
let origin
let page
/** What the server was sent, and the statuses that it answers with, in turn; then 200. */
let sent
let statuses
let answer

before(async () => {
  server = createServer(async (request, response) => {
    const chunks = await request.toArray()
    const { url, method, headers } = request
    sent.push({ url, method, headers, body: Buffer.concat(chunks) })
    const { status = statuses.shift() ?? 200, headers: more, body = 'answer' } = answer(request) ?? {}
    response.writeHead(status, more).end(body)
  })
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${server.address().port}`
})

after(() => {
  server.closeAllConnections()
  server.close()
})

beforeEach(() => {
  page = openPage(`${origin}/shop/start`)
  sent = []
  statuses = []
  answer = () => {}
})

afterEach(closePage)

const authorizations = () => sent.map(({ headers }) => headers.authorization)
const callsOf = (core, name) => core.calls.filter(([called]) => called === name)
const retries = core => callsOf(core, 'retryToken')

for (const version of VERSIONS) {
  describe(version, () => {
    let axios
    let attachSession
    let createApi
    let createSession

    before(async () => {
      ;({ axios, attachSession, createApi, createSession } = await importWithAxios(version))
    })

    /** A signed-in session. */
    async function start(options) {
      let generation = 1
      const token = () => ({ accessToken: `token-${generation}`, sid: 'sid', generation })
      page.stage.answers = {
        token: async () => token(),
        retryToken: async () => {
          generation += 1
          return token()
        },
      }
      const session = createSession(options)
      await session.ready
      return { session, core: page.stage.cores.at(-1) }
    }

    /** The same with an instance that it is attached to. */
    async function startApi(config, options) {
      const { session, core } = await start(options)
      return { session, core, api: createApi(session, config) }
    }

    test('is the version that is meant', () => {
      assert.match(axios.VERSION, version === 'axios' ? /^1\./ : new RegExp(`^${version.slice(6)}\\.`))
    })

    test('the token goes along to the page’s own origin, wherever the parts of the URL come from', async () => {
      const { api } = await startApi({ baseURL: '/api/' })
      await api.get('things', { params: { q: 'a b', c: 'd' } })
      await api.get('/things')
      await api.get('deep', { baseURL: origin })
      await api.get(`${origin}/whole?x=1#part`)
      await api({ url: 'call', method: 'DELETE' })
      await api.get('', { baseURL: 'relative' })
      assert.deepEqual(
        sent.map(({ method, url }) => `${method} ${url}`),
        [
          'GET /api/things?q=a+b&c=d',
          'GET /api/things',
          'GET /deep',
          'GET /whole?x=1',
          'DELETE /api/call',
          'GET /shop/relative',
        ],
      )
      assert.deepEqual(authorizations(), Array(6).fill('Bearer token-1'))
    })

    for (const config of [
      { url: 'https://evil.example/' },
      { url: '//evil.example/things' },
      { url: '\\\\evil.example/things' },
      { url: 'HTTP://127.0.0.1.evil.example/' },
      { url: 'http://127.0.0.1@evil.example/' },
      { url: 'https://127.0.0.1/' },
      { url: 'http://sub.127.0.0.1.example/' },
      { url: 'things', baseURL: 'https://evil.example/api' },
      { url: 'things', baseURL: '//evil.example' },
    ]) {
      test(`failure 42: no token goes to ${config.url} below ${config.baseURL}`, async () => {
        const { api, core } = await startApi()
        const seen = []
        const adapter = async config => {
          seen.push(config)
          const response = { status: 401, headers: { 'x-new-access-token': 'evil' }, data: '', config }
          throw Object.assign(new axios.AxiosError('refused'), { response })
        }
        await assert.rejects(api.request({ ...config, adapter }), { message: 'refused' })
        assert.equal(seen.length, 1)
        assert.equal(seen[0].headers.has('authorization'), false)
        assert.deepEqual(
          core.calls.filter(([name]) => name !== 'start'),
          [],
        )
      })
    }

    test('failure 42: a base element that points elsewhere, and one that comes later, take the token nowhere', async () => {
      const { api, core } = await startApi()
      document.baseURI = 'http://evil.invalid/'
      await assert.rejects(api.get('things'))
      assert.equal(callsOf(core, 'token').length, 0)

      document.baseURI = `${origin}/shop/start`
      core.answers.token = async () => {
        document.baseURI = 'http://evil.invalid/'
        return { accessToken: 'token-1', sid: 'sid', generation: 1 }
      }
      await api.get('things')
      assert.deepEqual(
        sent.map(({ url }) => url),
        ['/shop/things'],
      )
    })

    test('failure 42: no token is in what an application logs', async () => {
      const { api } = await startApi()
      statuses = [401, 500, 200, 403]
      const failed = await api.get('/a', { headers: { 'x-own': '1' } }).catch(error => error)
      const fine = await api.get('/b')
      const refused = await api.get('/c').catch(error => error)
      assert.deepEqual([failed.response.status, fine.status, refused.response.status], [500, 200, 403])
      for (const config of [
        failed.config,
        failed.response.config,
        fine.config,
        refused.config,
        refused.response.config,
      ])
        assert.doesNotMatch(JSON.stringify(config) + config.headers, /token-\d|Bearer/)
      assert.doesNotMatch(JSON.stringify([failed, refused]), /token-\d|Bearer/)
      // What is not the session's is there.
      assert.equal(failed.config.url, '/a')
      assert.equal(failed.config.headers.get('x-own'), '1')
    })

    test('failure 42: no token is in what becomes of a request that is not answered', async () => {
      const { api } = await startApi()
      const nowhere = await api
        .get('/a', { adapter: config => Promise.reject(new axios.AxiosError('lost', 'ERR_NETWORK', config)) })
        .catch(error => error)
      assert.equal(nowhere.message, 'lost')
      assert.doesNotMatch(JSON.stringify(nowhere), /token-\d|Bearer/)
      assert.equal(nowhere.config.url, '/a')
    })

    test('the caller’s own Authorization is left alone, in each of the ways to give one', async () => {
      const { api, core } = await startApi()
      statuses = Array(4).fill(401)
      for (const config of [
        { headers: { AUTHORIZATION: 'Basic abc' } },
        { headers: { Authorization: false } },
        { auth: { username: 'u', password: 'p' } },
      ])
        await assert.rejects(api.get('/a', config), error => error.response.status === 401)
      api.defaults.headers.common.authorization = 'Own'
      await assert.rejects(api.get('/a'))
      assert.deepEqual(authorizations(), ['Basic abc', undefined, 'Basic dTpw', 'Own'])
      assert.deepEqual(retries(core), [])
    })

    test('a 401 is answered with one refresh and one retry', async () => {
      const { api, core } = await startApi()
      statuses = [401]
      const { status, data } = await api.post('/a', { a: 1 })
      assert.deepEqual([status, data], [200, 'answer'])
      assert.deepEqual(authorizations(), ['Bearer token-1', 'Bearer token-2'])
      assert.deepEqual(retries(core), [['retryToken', 'sid', 1]])
    })

    test('failure 38: a second 401 is the caller’s, as axios would have it', async () => {
      const { api, core } = await startApi()
      statuses = [401, 401]
      const error = await api.get('/a').catch(error => error)
      assert.equal(axios.isAxiosError(error), true)
      assert.deepEqual([error.response.status, error.code], [401, 'ERR_BAD_REQUEST'])
      assert.equal(sent.length, 2)
      assert.equal(retries(core).length, 1)
    })

    test('a 401 that validateStatus takes is retried as well', async () => {
      const { api } = await startApi({ validateStatus: null })
      statuses = [401, 401]
      assert.equal((await api.get('/a')).status, 401)
      assert.equal(sent.length, 2)
    })

    for (const status of [403, 404, 500]) {
      test(`${status} is not retried`, async () => {
        const { api } = await startApi()
        statuses = [status]
        await assert.rejects(api.get('/a'), error => error.response.status === status)
        assert.equal(sent.length, 1)
      })
    }

    test('a 401 is retried unless the request, the instance or the attachment says not to', async () => {
      const { session, core } = await start()
      const own = axios.create()
      attachSession(own, session, { retry: false })
      for (const [api, config, expected] of [
        [createApi(session), { retry: false }, 1],
        [createApi(session, { retry: false }), {}, 1],
        [createApi(session, { retry: false }), { retry: true }, 2],
        [own, {}, 1],
        [own, { retry: true }, 2],
      ]) {
        sent = []
        statuses = [401, 401]
        await assert.rejects(api.get('/a', config), error => error.response.status === 401)
        assert.equal(sent.length, expected)
        for (const authorization of authorizations()) assert.match(authorization, /^Bearer/)
      }
      assert.equal(retries(core).length, 2)
    })

    test('with skipSession the session has nothing to do with it', async () => {
      const { api, core } = await startApi()
      statuses = [401]
      answer = () => ({ headers: { 'x-new-access-token': 'next' } })
      await assert.rejects(api.get(`${origin}/a`, { skipSession: true }))
      await api.post(`${origin}/login`, {}, { skipSession: true })
      assert.deepEqual(authorizations(), [undefined, undefined])
      assert.deepEqual(
        core.calls.filter(([name]) => name !== 'start'),
        [],
      )
    })

    test('failure 40: transforms and interceptors run once, however often it is sent', async () => {
      const { api } = await startApi({ baseURL: '/api' })
      const ran = []
      const note = name => value => {
        ran.push(name)
        return value
      }
      api.interceptors.request.use(note('request'))
      api.interceptors.response.use(note('response'))
      statuses = [401]
      answer = () => ({ headers: { 'content-type': 'application/json' }, body: '{"n":1}' })
      const { data } = await api.put(
        '/a',
        { text: '"quoted"' },
        {
          transformRequest: [note('out'), ...[].concat(axios.defaults.transformRequest)],
          transformResponse: [...[].concat(axios.defaults.transformResponse), note('in')],
        },
      )
      assert.deepEqual(ran, ['request', 'out', 'in', 'response'])
      assert.deepEqual(data, { n: 1 })
      for (const { body, headers } of sent) {
        assert.equal(`${body}`, '{"text":"\\"quoted\\""}')
        assert.match(headers['content-type'], /^application\/json/)
      }
    })

    for (const [name, data, type, config] of [
      ['JSON', () => ({ a: [1, { b: 'ü' }] }), 'application/json'],
      ['a string', () => 'text ü', 'application/x-www-form-urlencoded'],
      ['a typed string', () => '<a/>', 'text/xml', { headers: { 'Content-Type': 'text/xml' } }],
      [
        'URLSearchParams',
        () => new URLSearchParams({ a: '1', b: 'ü&' }),
        'application/x-www-form-urlencoded',
      ],
      ['an ArrayBuffer', () => Uint8Array.of(0, 255, 128, 10).buffer, 'application/x-www-form-urlencoded'],
      ['a typed array', () => Uint8Array.of(0, 255, 128, 10), 'application/x-www-form-urlencoded'],
      [
        'untransformed URLSearchParams',
        () => new URLSearchParams({ a: '1' }).toString(),
        'text/plain',
        { transformRequest: [], headers: { 'Content-Type': 'text/plain' } },
      ],
      ['nothing', () => undefined, undefined],
    ]) {
      test(`failure 40: ${name} is the same in the retry, byte for byte, with its headers`, async () => {
        const { api } = await startApi()
        await api.post('/a', data(), config)
        statuses = [401]
        await api.post('/a', data(), { ...config, headers: { 'x-own': 'kept', ...config?.headers } })
        const [plain, first, second] = sent
        assert.equal(sent.length, 3)
        assert.deepEqual(first.body, plain.body)
        assert.deepEqual(second.body, first.body)
        if (type !== undefined) assert.match(first.headers['content-type'], new RegExp(`^${type}`))
        assert.equal(first.headers['x-own'], 'kept')
        const { authorization: _, ...before } = first.headers
        const { authorization: __, ...after } = second.headers
        assert.deepEqual(after, before)
      })
    }

    for (const [name, send] of [
      ['a form with a file', (api, form) => api.post('/a', form())],
      ['postForm', api => api.postForm('/a', { field: 'ü', file: new File(['bytes'], 'näme.txt') })],
    ]) {
      test(`failure 40: ${name} has its boundary in the retry as well`, async () => {
        const { api } = await startApi({ env: { FormData, Blob } })
        const form = () => {
          const form = new FormData()
          form.append('field', 'ü')
          form.append('file', new File(['bytes'], 'näme.txt', { type: 'text/plain' }))
          return form
        }
        statuses = [401]
        await send(api, form)
        assert.equal(sent.length, 2)
        for (const { headers, body } of sent) {
          const parsed = await new Response(body, {
            headers: { 'content-type': headers['content-type'] },
          }).formData()
          assert.equal(parsed.get('field'), 'ü')
          assert.equal(parsed.get('file').name, 'näme.txt')
          assert.equal(await parsed.get('file').text(), 'bytes')
        }
      })
    }

    test('failure 40: what the caller does to a body after the call does not show in the retry', async () => {
      const { api, core } = await startApi({ transformRequest: [] })
      const form = new FormData()
      form.set('a', 'before')
      const params = new URLSearchParams({ a: 'before' })
      const bytes = new TextEncoder().encode('a=before')
      for (const [data, change] of [
        [form, () => form.set('a', 'after')],
        [params, () => params.set('a', 'after')],
        [bytes.buffer, () => bytes.fill(0)],
        [bytes, () => bytes.fill(0)],
      ]) {
        const seen = []
        const { retryToken } = core.answers
        core.answers.retryToken = () => {
          change()
          return retryToken()
        }
        bytes.set(new TextEncoder().encode('a=before'))
        await api.post('/a', data, {
          async adapter(config) {
            seen.push(await new Response(config.data).text())
            return { status: seen.length === 1 ? 401 : 200, headers: {}, config }
          },
        })
        core.answers.retryToken = retryToken
        assert.equal(seen.length, 2)
        for (const body of seen) assert.match(body, /before/)
      }
    })

    test('new tokens in the headers of any answer are taken up, whatever its status', async () => {
      const { api, core } = await startApi()
      answer = () => ({ headers: { 'x-new-access-token': 'next', 'x-new-refresh-token': 'more' } })
      statuses = [200, 500]
      await api.get('/a')
      await assert.rejects(api.get('/a'))
      assert.deepEqual(
        callsOf(core, 'rotate').map(([, tokens, ...to]) => [
          tokens.access_token,
          tokens.refresh_token,
          ...to,
        ]),
        Array(2).fill(['next', 'more', 'sid', 1]),
      )
    })

    for (const [name, config] of [
      ['', {}],
      [' as text', { responseType: 'text', transformResponse: [] }],
      [' as JSON', { responseType: 'json' }],
    ]) {
      test(`a login through the instance is taken up without a further call${name}`, async () => {
        const { api, core } = await startApi({ baseURL: '/' })
        const tokens = { access_token: 'first', refresh_token: 'more' }
        answer = () => ({ headers: { 'content-type': 'application/json' }, body: JSON.stringify(tokens) })
        const { data } = await api.post('login', { email: 'a', password: 'b' }, config)
        assert.deepEqual(typeof data === 'string' ? JSON.parse(data) : data, tokens)
        assert.deepEqual(callsOf(core, 'signIn'), [['signIn', tokens, 1]])
        assert.deepEqual(authorizations(), [undefined])
        assert.equal(sent.length, 1)
      })
    }

    for (const [name, wrap] of [
      ['a blob', text => new Blob([text])],
      ['bytes', text => new TextEncoder().encode(text).buffer],
      ['an object', text => JSON.parse(text)],
    ]) {
      test(`a login is taken up from ${name}, which stays the caller’s`, async () => {
        const tokens = { access_token: 'first' }
        const data = wrap(JSON.stringify(tokens))
        const adapter = async config => ({ status: 200, data, headers: {}, config })
        const { api, core } = await startApi({ adapter })
        assert.equal((await api.post('/login')).data, data)
        assert.deepEqual(callsOf(core, 'signIn'), [['signIn', tokens, 1]])
      })
    }

    test('an answer to a login that is no JSON is the caller’s', async () => {
      const { api, core } = await startApi()
      answer = () => ({ body: '<html>' })
      core.answers.signIn = () => Promise.reject({ code: 'bad-answer' })
      assert.equal((await api.post('/login', {})).data, '<html>')
    })

    test('failure 39: a refused login is the caller’s alone', async () => {
      const { api, core } = await startApi()
      statuses = [401]
      await assert.rejects(api.post('/login', {}), error => error.response.status === 401)
      assert.deepEqual(authorizations(), [undefined])
      assert.deepEqual(
        core.calls.filter(([name]) => name !== 'start'),
        [],
      )
    })

    test('to attach a session twice is to attach it once', async () => {
      const { session, core } = await start()
      const api = axios.create()
      const detach = [attachSession(api, session), attachSession(api, session)]
      statuses = [401, 401]
      await assert.rejects(api.get(`${origin}/a`))
      assert.equal(sent.length, 2)
      assert.equal(retries(core).length, 1)
      await api.post(`${origin}/login`, {})
      assert.equal(callsOf(core, 'signIn').length, 1)

      detach[0]()
      detach[0]()
      await api.get(`${origin}/a`)
      assert.match(authorizations().at(-1), /^Bearer/)
      detach[1]()
      await api.get(`${origin}/a`)
      assert.equal(authorizations().at(-1), undefined)
    })

    test('after detach the instance is what it was, also for a config that was used before', async () => {
      const { session } = await start()
      const api = axios.create()
      const detach = attachSession(api, session)
      const { config } = await api.get(`${origin}/a`)
      await api(config)
      detach()
      await api(config)
      attachSession(api, session)
      await api(config)
      assert.deepEqual(authorizations(), ['Bearer token-1', 'Bearer token-1', undefined, 'Bearer token-1'])
    })

    test('an adapter of the application’s own sees the parts of the URL, and its answers count', async () => {
      const seen = []
      const adapter = async config => {
        seen.push(config)
        const status = seen.length === 1 ? 401 : 200
        return { status, data: { read: true }, headers: { 'X-New-Access-Token': 'next' }, config }
      }
      const { api, core } = await startApi({ baseURL: '/api', adapter })
      const { data } = await api.get('things', { params: { a: 1 } })
      assert.deepEqual(data, { read: true })
      for (const { baseURL, url, params } of seen)
        assert.deepEqual({ baseURL, url, params }, { baseURL: '/api', url: 'things', params: { a: 1 } })
      assert.deepEqual(
        seen.map(({ headers }) => headers.get('authorization')),
        ['Bearer token-1', 'Bearer token-2'],
      )
      assert.equal(callsOf(core, 'rotate').length, 2)
    })

    for (const [name, cancellable] of [
      [
        'a signal',
        () => {
          const controller = new AbortController()
          return { config: { signal: controller.signal }, cancel: () => controller.abort() }
        },
      ],
      [
        'a cancel token',
        () => {
          const { token, cancel } = axios.CancelToken.source()
          return { config: { cancelToken: token }, cancel }
        },
      ],
    ]) {
      test(`${name} ends the wait for a token at once`, async () => {
        const { api, core } = await startApi()
        core.answers.token = () => new Promise(() => {})
        const { config, cancel } = cancellable()
        const done = api.get('/a', config)
        await settled()
        assert.equal(callsOf(core, 'token').length, 1)
        cancel()
        await assert.rejects(done, error => axios.isCancel(error) && error.code === 'ERR_CANCELED')
        await assert.rejects(api.get('/a', config), axios.isCancel)
        assert.equal(callsOf(core, 'token').length, 1)
        assert.deepEqual(sent, [])
      })

      test(`${name} ends the wait for the retry at once`, async () => {
        const { api, core } = await startApi()
        statuses = [401]
        const { config, cancel } = cancellable()
        core.answers.retryToken = () => {
          cancel()
          return new Promise(() => {})
        }
        await assert.rejects(api.get('/a', config), axios.isCancel)
        assert.equal(sent.length, 1)
      })
    }

    test('what may cancel a request is let go of when that is over', async () => {
      const { api } = await startApi({ adapter: async config => ({ status: 200, headers: {}, config }) })
      const added = []
      const removed = []
      const signal = {
        aborted: false,
        addEventListener: () => added.push('signal'),
        removeEventListener: () => removed.push('signal'),
      }
      const cancelToken = {
        subscribe: () => added.push('token'),
        unsubscribe: () => removed.push('token'),
        throwIfRequested() {},
      }
      await api.get('/a', { signal, cancelToken })
      assert.deepEqual(added, ['signal', 'token'])
      assert.deepEqual(removed, added)
    })

    test('axios makes one adapter for all requests', async context => {
      const { api } = await startApi()
      const { mock } = context.mock.method(axios, 'getAdapter')
      const own = async () => new Response()
      for (const env of [{}, {}, { fetch: own }, { fetch: own }]) await api.get('/a', { env })
      const [first, second, third, fourth] = mock.calls.map(call => call.arguments[1].env.fetch)
      assert.equal(first, second)
      assert.equal(third, fourth)
      assert.notEqual(first, third)
    })

    test('an answer that nobody will read is let go of', async () => {
      let cancelled = 0
      const cancel = async () => {
        cancelled += 1
        throw new Error('locked')
      }
      const status = [401, 200]
      const adapter = async config => ({ status: status.shift(), data: { cancel }, headers: {}, config })
      const { api } = await startApi({ adapter })
      assert.equal((await api.get('/a')).status, 200)
      await settled()
      assert.equal(cancelled, 1)
    })

    test('a login whose tokens are beside its answer alone is taken up', async () => {
      const { api, core } = await startApi({}, { headers: { newAccessToken: 'x-token' } })
      answer = () => ({ headers: { 'x-token': 'first' }, body: '' })
      await api.post('/login', {})
      assert.deepEqual(
        callsOf(core, 'signIn').map(([, tokens]) => tokens.access_token),
        ['first'],
      )
    })

    test('while nobody is signed in, requests go without a token', async () => {
      const { api, core } = await startApi()
      core.answers.token = () => Promise.reject({ code: 'signed-out' })
      statuses = [401]
      await assert.rejects(api.get('/a'), error => error.response.status === 401)
      assert.deepEqual(authorizations(), [undefined])
      assert.deepEqual(retries(core), [])
    })

    test('without a token to be had nothing is sent', async () => {
      const { api, core } = await startApi()
      core.answers.token = () => Promise.reject({ code: 'network', retryAt: 5 })
      await assert.rejects(api.get('/a'), { name: 'RefreshUnavailableError', retryAt: 5 })
      assert.deepEqual(sent, [])
    })

    for (const code of ['still-unauthorized', 'network', 'refresh-rejected', 'signed-out']) {
      test(`when the retry is refused for ${code} the caller has the first answer`, async () => {
        const { api, core } = await startApi()
        statuses = [401]
        core.answers.retryToken = () => Promise.reject({ code })
        await assert.rejects(api.get('/a'), error => error.response.data === 'answer')
        assert.equal(sent.length, 1)
      })
    }

    test('what carries the session besides the token goes along as well', async () => {
      Object.assign(document, { cookie: 'csrf=abc' })
      const { api, core } = await startApi(
        {},
        { exchange: 'cookie', csrf: { cookie: 'csrf', header: 'x-csrf' }, fetch: async () => new Response() },
      )
      core.answers.token = async () => ({ accessToken: 'cookie:1', sid: 'sid', generation: 1 })
      const seen = []
      const adapter = async config => {
        seen.push([config.withCredentials, config.headers.get('x-csrf'), config.headers.get('authorization')])
        return { status: 200, headers: {}, config }
      }
      await api.post('/a', {}, { adapter })
      await api.post('/a', {}, { adapter, withCredentials: false })
      await api.get('/a', { adapter })
      assert.deepEqual(seen, [
        [true, 'abc', undefined],
        [false, 'abc', undefined],
        [true, undefined, undefined],
      ])
    })

    test('interceptors that are all synchronous stay so', async () => {
      const { api } = await startApi()
      let ran = false
      api.interceptors.request.use(
        config => {
          ran = true
          return config
        },
        null,
        { synchronous: true },
      )
      const done = api.get('/a')
      assert.equal(ran, true)
      await done
    })

    test('on a server nothing is attached', async () => {
      closePage()
      const session = createSession()
      const api = createApi(session)
      const detach = attachSession(api, session)
      await api.get(`${origin}/a`)
      assert.deepEqual(authorizations(), [undefined])
      detach()
    })

    if (version === 'axios-1.6') return

    describe('with fetch', () => {
      test('a 401 is retried, and the form has its boundary', async () => {
        const { api } = await startApi({ adapter: 'fetch' })
        statuses = [401]
        const form = new FormData()
        form.append('file', new File(['bytes'], 'a.txt'))
        await api.post('/a', form, { onUploadProgress() {} })
        assert.deepEqual(authorizations(), ['Bearer token-1', 'Bearer token-2'])
        for (const { headers, body } of sent) {
          const type = headers['content-type']
          const parsed = await new Response(body, { headers: { 'content-type': type } }).formData()
          assert.equal(await parsed.get('file').text(), 'bytes')
        }
      })

      test('failure 40: a stream is sent once, and its 401 is a clear error', async () => {
        const { api, core } = await startApi({ adapter: 'fetch' })
        statuses = [401]
        const headers = { 'Content-Type': 'application/octet-stream' }
        await assert.rejects(api.post('/a', new Blob(['stream']).stream(), { headers }), {
          name: 'NotReplayableError',
        })
        assert.deepEqual(
          sent.map(({ body }) => `${body}`),
          ['stream'],
        )
        assert.equal(retries(core).length, 1)
      })

      test('failure 42: after a redirect to another origin no tokens are taken, and a 401 is the caller’s', async () => {
        const other = createServer((_, response) => {
          response.writeHead(401, { 'x-new-access-token': 'evil' }).end()
        })
        await new Promise(resolve => other.listen(0, '127.0.0.1', resolve))
        try {
          const { api, core } = await startApi({ adapter: 'fetch' })
          const location = `http://127.0.0.1:${other.address().port}/`
          answer = () => ({ status: 302, headers: { location } })
          await assert.rejects(api.get('/a'), error => error.response.status === 401)
          assert.deepEqual(callsOf(core, 'rotate'), [])
          if (version === 'axios') assert.deepEqual(retries(core), [])
        } finally {
          other.closeAllConnections()
          other.close()
        }
      })

      test('tokens beside an answer are taken up where axios tells where that is from', async () => {
        const { api, core } = await startApi({ adapter: 'fetch' })
        answer = () => ({ headers: { 'x-new-access-token': 'next' } })
        await api.get('/a')
        assert.equal(callsOf(core, 'rotate').length, version === 'axios' ? 1 : 0)
      })
    })
  })
}
