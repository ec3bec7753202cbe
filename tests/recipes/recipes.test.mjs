// The blocks of docs/recipes.md as they stand there, with the libraries that they are for, in a browser.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, beforeEach, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { WebSocketServer } from 'ws'
import { openApiSite, sendJson } from '../../pkg/test/support/api-site.js'
import { launchBrowser } from '../../pkg/test/support/browser.js'

const path = name => fileURLToPath(new URL(name, import.meta.url))

const BLOCK = /^```js (\S+)\n(.*?)^```$/gms

/**
 * For each block: what loads `/api/things/1`, or the path that is given, with it; where the status is in what it throws;
 * and what shows that a logout makes it forget. They run in the page.
 */
const RECIPES = {
  'axios.js': {
    load: async ({ api }, path = '/things/1') => (await api.get(path)).data,
    statusOf: ({ response }) => response.status,
  },
  'ky.js': {
    load: ({ api }, path = 'things/1') => api.get(path.replace(/^\//, '')).json(),
    statusOf: ({ response }) => response.status,
  },
  'tanstack-query.js': {
    async forgets() {
      const { queryClient } = recipes['tanstack-query.js']
      const queryKey = ['things', '1']
      await queryClient.fetchQuery({ queryKey })
      const look = () => queryClient.getQueryData(queryKey)?.url ?? 'nothing'
      const before = look()
      await session.logout()
      return [before, look()]
    },
    load: ({ queryClient }, path = '/things/1') =>
      queryClient.fetchQuery({
        queryKey: path.slice(1).split('/'),
        ...queryClient.getDefaultOptions().queries,
      }),
  },
  'swr.js': {
    async forgets() {
      const { SWRConfig, useSWR, createElement, createRoot } = libraries
      const { swr } = recipes['swr.js']
      const element = document.createElement('div')
      const shows = isRight =>
        new Promise(resolve => {
          const look = () =>
            isRight(element.textContent) ? resolve(element.textContent) : requestAnimationFrame(look)
          look()
        })
      const Thing = () => useSWR('/api/things/1').data?.url ?? 'nothing'
      const root = createRoot(element)
      root.render(createElement(SWRConfig, { value: swr }, createElement(Thing)))
      const before = await shows(text => text.startsWith('/api'))
      await session.logout()
      const after = await shows(text => text === 'nothing')
      root.unmount()
      return [before, after]
    },
    load({ swr }, path = '/things/1') {
      const { SWRConfig, useSWR, createElement, createRoot } = libraries
      return new Promise((resolve, reject) => {
        const root = createRoot(document.createElement('div'))
        function Thing() {
          const { data, error } = useSWR(`/api${path}`)
          if (data !== undefined) resolve(data)
          if (error !== undefined) reject(error)
          return null
        }
        // A cache of its own each time, so that each loads.
        const value = { ...swr, provider: () => new Map() }
        root.render(createElement(SWRConfig, { value }, createElement(Thing)))
      })
    },
  },
  'apollo.js': {
    async forgets() {
      const { client } = recipes['apollo.js']
      const query = libraries.gql`query Thing { thing { url } }`
      await client.query({ query })
      const look = () => client.readQuery({ query })?.thing.url ?? 'nothing'
      const before = look()
      await session.logout()
      return [before, look()]
    },
    async load({ client }, path) {
      const { gql } = libraries
      const uri = path === undefined ? undefined : `/api${path}`
      const query = gql`query Thing { thing { method url } }`
      const { data } = await client.query({ query, fetchPolicy: 'no-cache', context: { uri } })
      return { method: data.thing.method, url: data.thing.url }
    },
    statusOf: ({ statusCode }) => statusCode,
  },
  'rtk-query.js': {
    async load({ api }, path = '/things/1') {
      const { configureStore } = libraries
      const store = configureStore({
        reducer: { [api.reducerPath]: api.reducer },
        middleware: defaults => defaults().concat(api.middleware),
      })
      const id = path.startsWith('/things/') ? path.slice('/things/'.length) : `..${path}`
      const { data, error } = await store.dispatch(api.endpoints.thing.initiate(id))
      if (error !== undefined) throw error
      return data
    },
  },
  'angular.js': {
    async load({ sessionInterceptor }, path = '/things/1') {
      const { createApplication, firstValueFrom, HttpClient, provideHttpClient, withInterceptors, zoneless } =
        libraries
      const { injector } = await createApplication({
        providers: [zoneless(), provideHttpClient(withInterceptors([sessionInterceptor]))],
      })
      return firstValueFrom(injector.get(HttpClient).get(`/api${path}`))
    },
  },
  'event-source.js': {
    load: ({ openEvents }, path = '/events') =>
      new Promise((resolve, reject) => {
        const events = openEvents(`/api${path}`)
        events.addEventListener('message', ({ data }) => {
          events.close()
          resolve(JSON.parse(data))
        })
        events.addEventListener('error', reject)
      }),
    statusOf: ({ code }) => code,
    thing: { method: 'GET', url: '/api/events' },
  },
  'ticket.js': {
    async load({ openEvents }, path = '/events') {
      const events = await openEvents(`/open${path}`)
      return new Promise((resolve, reject) => {
        events.addEventListener('message', ({ data }) => {
          events.close()
          resolve(JSON.parse(data))
        })
        events.addEventListener('error', reject)
      })
    },
    thing: { method: 'GET', url: '/open/events?ticket=once' },
  },
  'web-socket.js': {
    load: async ({ openSocket }, path = '/socket') => {
      const socket = await openSocket(`${location.origin.replace('http', 'ws')}${path}`)
      const answer = new Promise(resolve =>
        socket.addEventListener('message', ({ data }) => resolve(JSON.parse(data))),
      )
      socket.send('thing')
      return answer.finally(() => socket.close())
    },
    thing: { method: 'GET', url: '/socket' },
  },
}

const PAGE = names => `
  import '@angular/compiler'
  import { HttpClient, provideHttpClient, withInterceptors } from '@angular/common/http'
  import { provideZonelessChangeDetection as zoneless } from '@angular/core'
  import { createApplication } from '@angular/platform-browser'
  import { gql } from '@apollo/client'
  import { configureStore } from '@reduxjs/toolkit'
  import { createElement } from 'react'
  import { createRoot } from 'react-dom/client'
  import { firstValueFrom } from 'rxjs'
  import useSWR, { SWRConfig } from 'swr'
  import { session } from './session.js'
  ${names.map((name, index) => `import * as recipe${index} from './${name}'`).join('\n')}
  globalThis.libraries = {
    configureStore, createApplication, createElement, createRoot, firstValueFrom, gql, HttpClient, provideHttpClient,
    SWRConfig, useSWR, withInterceptors, zoneless,
  }
  globalThis.recipes = { ${names.map((name, index) => `'${name}': recipe${index}`).join(', ')} }
  globalThis.session = session
`

const blocks = new Map()
for (const [, name, text] of (await readFile(path('../../docs/recipes.md'), 'utf8')).matchAll(BLOCK))
  blocks.set(name, text)

let browser
let site
let sockets
let page
/** The sockets' first messages. */
let greetings

before(async () => {
  const { outputFiles } = await build({
    stdin: { contents: PAGE(Object.keys(RECIPES)), resolveDir: path('.') },
    bundle: true,
    format: 'esm',
    write: false,
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'error',
    plugins: [{ name: 'blocks', setup: serveBlocks }],
  })
  const html = '<!doctype html><title>app</title><script type="module" src="/app.js"></script>'
  site = await openApiSite({ '/': html, '/app.js': outputFiles[0].text })
  sockets = new WebSocketServer({ server: site.server })
  sockets.on('connection', (socket, { url }) => {
    socket.once('message', text => {
      const { token } = JSON.parse(text)
      greetings.push(token)
      if (url === '/never' || !site.accepts(token)) return socket.close(4401)
      socket.send('welcome')
      socket.on('message', () => socket.send(JSON.stringify({ method: 'GET', url })))
    })
  })
  browser = await launchBrowser()
  page = await browser.newPage()
  await page.goto(site.href)
  await page.waitForFunction(() => globalThis.session)
})

after(async () => {
  await browser?.close()
  sockets?.close()
  site?.close()
})

/** The blocks as if they were files in this folder. */
function serveBlocks({ onResolve, onLoad }) {
  onResolve({ filter: /^\.\// }, ({ path, importer }) =>
    importer === '<stdin>' || blocks.has(importer) ? { path: path.slice(2), namespace: 'block' } : undefined,
  )
  onLoad({ filter: /./, namespace: 'block' }, ({ path: name }) => ({
    contents: blocks.get(name),
    resolveDir: path('.'),
  }))
}

beforeEach(() => {
  site.reset()
  greetings = []
  site.answers = {
    '/api/never': (_, response) => sendJson(response, 401, {}),
    '/api/graphql': ({ method }, response) =>
      sendJson(response, 200, { data: { thing: { __typename: 'Thing', method, url: '/api/graphql' } } }),
    '/api/tickets': (_, response) => sendJson(response, 200, { ticket: 'once' }),
    '/api/events': sendEvent,
    '/open/events': sendEvent,
  }
})

function sendEvent({ method, url }, response) {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write(`data: ${JSON.stringify({ method, url })}\n\n`)
}

/** How often a token was shown, of whatever kind. */
const shown = () => site.sent.filter(({ url }) => url.startsWith('/api/')).length + greetings.length

test('every block has a test, and every test its block', () => {
  assert.deepEqual([...blocks.keys()].sort(), ['session.js', ...Object.keys(RECIPES)].sort())
})

for (const [name, { load, forgets, statusOf = ({ status }) => status, thing }] of Object.entries(RECIPES)) {
  describe(name, () => {
    const expected =
      thing ??
      (name === 'apollo.js'
        ? { method: 'POST', url: '/api/graphql' }
        : { method: 'GET', url: '/api/things/1' })

    const loaded = () => page.evaluate(`(${asFunction(load)})(recipes['${name}'])`)

    test('an expired token makes one refresh before anything is sent', async () => {
      await page.evaluate(() => session.setTokens({ accessToken: 'old', refreshToken: 'more', expiresAt: 1 }))
      assert.deepEqual(await loaded(), expected)
      assert.equal(site.refreshes, 1)
      assert.equal(shown(), 1)
    })

    test('a token that is refused makes one refresh and one retry', async () => {
      await page.evaluate(() => session.login({ password: 'right' }))
      site.expire()
      assert.deepEqual(await loaded(), expected)
      assert.equal(site.refreshes, 1)
      assert.equal(shown(), 2)
    })

    test('a second refusal is the caller’s, and ends nothing', async () => {
      await page.evaluate(() => session.login({ password: 'right' }))
      if (name === 'ticket.js') site.answers['/api/tickets'] = site.answers['/api/never']
      const status = await page.evaluate(
        `(${asFunction(load)})(recipes['${name}'], '/never').then(
          () => 'loaded',
          error => (${statusOf})(error) ?? error.message,
        )`,
      )
      const told = {
        'ticket.js': 'no ticket: 401',
        'web-socket.js': 'the server refuses the new token as well',
      }
      assert.equal(status, told[name] ?? 401)
      assert.equal(site.refreshes, 1)
      assert.equal(shown(), 2)
      assert.equal(await page.evaluate(() => session.getSnapshot().status), 'authenticated')
    })

    if (forgets === undefined) return
    test('what one user has loaded is gone for the next', async () => {
      await page.evaluate(() => session.login({ password: 'right' }))
      const [before, after] = await page.evaluate(`(${asFunction(forgets)})()`)
      assert.equal(before, expected.url)
      assert.equal(after, 'nothing')
    })
  })
}

/** The text of a function that may have been written as a method. */
function asFunction(callable) {
  const text = String(callable)
  return /^(async )?\w+\(/.test(text) ? text.replace(/^(async )?/, '$1function ') : text
}
