import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { closePage, openPage } from './support/page.js'
import { importCopy, WASM } from './support/stub-package.js'

let createSession

beforeEach(async () => {
  openPage()
  ;({ createSession } = await importCopy())
})

afterEach(closePage)

const REFUSED = [
  ['idleTimout', { idleTimout: 5 }, /there is no option/],
  ['remember', { remember: true }, /there is no option/],
  [
    'storage',
    { storage: 'cookie' },
    /'local', 'session', 'memory', 'encrypted', or an object with the functions/,
  ],
  ['storage', { storage: 'adapter' }],
  ['storage', { storage: { getItem() {}, setItem() {} } }],
  ['name', { name: '' }],
  ['name', { name: 7 }],
  ['baseUrl', { baseUrl: new URL('https://a.example') }],
  ['credentials', { credentials: 'always' }, /'omit', 'same-origin', 'include'/],
  ['exchange', { exchange: 'saml' }, /'body', 'oauth2', 'sliding', 'cookie', or an object/],
  ['exchange.style', { exchange: { style: 'saml' } }],
  ['exchange.refresh', { exchange: { refresh() {} } }, /there is no option/],
  ['exchange.answer', { exchange: { answer: 'token' } }],
  ['clientId', { clientId: 5 }],
  ['headers', { headers: 'x-token' }],
  ['headers.token', { headers: { token: 'x' } }, /there is no option/],
  ['headers.userId', { headers: { userId: '' } }],
  ['csrf', { csrf: 'token' }, /a function, or an object with cookie and header/],
  ['csrf.header', { csrf: { cookie: 'csrf' } }],
  ['onSecond401', { onSecond401: 'logout' }],
  ['promptEndsOn', { promptEndsOn: 'click' }],
  ['whenRejected', { whenRejected: true }],
  ['crossTab', { crossTab: 'yes' }],
  ['activityEvents', { activityEvents: 'click' }],
  ['activityEvents', { activityEvents: ['click', 3] }],
  ['endpoints', { endpoints: '/login' }],
  ['endpoints.signin', { endpoints: { signin: '/x' } }, /there is no option/],
  ['endpoints.login', { endpoints: { login: 5 } }],
  ['endpoints.login', { endpoints: { login: '' } }],
  ['endpoints.login.url', { endpoints: { login: {} } }],
  ['endpoints.login.methd', { endpoints: { login: { url: '/x', methd: 'PUT' } } }, /there is no option/],
  ['fields.token', { fields: { token: 'x' } }, /there is no option/],
  ['fields.accessToken', { fields: { accessToken: 1 } }],
  ['wasm', { wasm: '/x.wasm' }],
  ['origins', { origins: 'https://a.example' }],
  ['origins', { origins: ['a.example'] }],
  ['origins', { origins: ['*'] }],
  ['origins', { origins: ['file:///etc'] }],
  ['loginUrl', { loginUrl: 'javascript:alert(1)' }],
  ['loginUrl', { loginUrl: 'data:text/html,x' }],
  ['onEnd', { onEnd: '/login' }],
  ['roles', { roles: ['admin'] }],
  ['fetch', { fetch: {} }],
  ['logLevel', { logLevel: 'warn' }],
  ['logger', { logger: () => {} }],
  ['logger', { logger: { error() {} } }],
  ['options', null, /have to be/],
  ['options', 'fast', /have to be/],
]

for (const name of [
  'refreshEarly',
  'refreshEvery',
  'checkEvery',
  'refreshTimeout',
  'lockTimeout',
  'idleTimeout',
  'idlePrompt',
  'maxAge',
]) {
  for (const value of [-1, Number.NaN, Number.POSITIVE_INFINITY, '60000', null]) {
    REFUSED.push([name, { [name]: value }, /milliseconds/])
  }
}

for (const [key, options, message = /has to be/] of REFUSED) {
  const shown = JSON.stringify(options, (_, value) => (typeof value === 'function' ? 'function' : value))
  test(`${shown} is refused for ${key}`, () => {
    assert.throws(() => createSession(options), { name: 'ConfigError', code: 'config', key, message })
  })
}

test('everything that is offered is taken', async () => {
  const session = createSession({
    name: 'shop',
    baseUrl: 'https://api.example/auth',
    credentials: 'include',
    endpoints: { login: '/in', logoutAll: { url: '/out', method: 'DELETE' }, verify: { url: '/v' } },
    exchange: 'sliding',
    fields: { accessToken: 'jwt' },
    refreshEarly: 1,
    refreshEvery: 0,
    checkEvery: 1,
    refreshTimeout: 1,
    lockTimeout: 1,
    idleTimeout: 0,
    idlePrompt: 0,
    promptEndsOn: 'stay',
    maxAge: 0,
    whenRejected: 'at-once',
    activityEvents: ['click'],
    crossTab: false,
    wasm: WASM,
    origins: ['https://api.example', 'HTTP://LOCALHOST:8080/'],
    loginUrl: '../login?next=1',
    onEnd() {},
    roles: () => [],
    fetch,
    logLevel: 'silent',
    logger: console,
  })
  assert.equal((await session.ready).status, 'unauthenticated')
})

test('an option that is undefined is as good as absent', async () => {
  const session = createSession({ idleTimeout: undefined, endpoints: { login: undefined } })
  await session.ready
  const { values } = globalThis.stubStage.cores[0]
  assert.ok(values.includes(1_800_000) && values.includes('/login'))
})

test('a refused value is not repeated', () => {
  assert.throws(
    () => createSession({ name: { secret: 'hunter2' } }),
    error => !JSON.stringify([error.message, error.stack, { ...error }]).includes('hunter2'),
  )
})
