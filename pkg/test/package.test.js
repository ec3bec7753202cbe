// The package as it is built: `npm run build` comes first.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { brotliCompressSync } from 'node:zlib'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import * as warden from 'session-warden'
import * as wardenAxios from 'session-warden/axios'
import * as wardenMonitor from 'session-warden/monitor'
import * as wardenReact from 'session-warden/react'
import * as wardenRedux from 'session-warden/redux'
import * as wardenTesting from 'session-warden/testing'
import * as wardenVerify from 'session-warden/verify'
import { compilerPath } from '../build/declarations.mjs'

const dist = new URL('../dist/', import.meta.url)
const require = createRequire(import.meta.url)

function run(...args) {
  return execFileSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
}

test('every file that package.json names is there', () => {
  const { exports, main, module, types } = JSON.parse(readFileSync(new URL('../package.json', dist), 'utf8'))
  const paths = value => (typeof value === 'string' ? [value] : Object.values(value).flatMap(paths))
  for (const path of [main, module, types, ...paths(exports)]) {
    assert.ok(existsSync(fileURLToPath(new URL(`../${path}`, dist))), path)
  }
})

test('what knows no `exports` finds the same files by folders', () => {
  const { exports } = JSON.parse(readFileSync(new URL('../package.json', dist), 'utf8'))
  for (const [path, { import: esm, require: cjs }] of Object.entries(exports)) {
    if (path === '.' || path === './package.json') continue
    const folder = new URL(`../${path}/package.json`, dist)
    const found = Object.entries(JSON.parse(readFileSync(folder, 'utf8')))
    assert.deepEqual(
      Object.fromEntries(found.map(([field, file]) => [field, fileURLToPath(new URL(file, folder))])),
      Object.fromEntries(
        Object.entries({ main: cjs.default, module: esm.default, types: esm.types }).map(([field, file]) => [
          field,
          fileURLToPath(new URL(`../${file}`, dist)),
        ]),
      ),
    )
  }
})

test('bundlers and runtimes find what they look for', async () => {
  const { messages, pkg } = await publint({ pkgDir: fileURLToPath(new URL('..', dist)), strict: true })
  assert.deepEqual(
    messages.map(message => formatMessage(message, pkg, { color: false })),
    [],
  )
})

test('importing touches nothing that a page or a server may lack', () => {
  const path = fileURLToPath(new URL('esm/index.js', dist))
  const script = `
    for (const name of ['TextDecoder', 'TextEncoder', 'WebAssembly', 'fetch', 'Request', 'Headers', 'localStorage', 'navigator'])
      Object.defineProperty(globalThis, name, { configurable: true, get() { throw new Error('touched ' + name) } })
    const before = Reflect.ownKeys(globalThis).length
    const { createSession } = await import(${JSON.stringify(pathToFileURL(path).href)})
    if (Reflect.ownKeys(globalThis).length !== before) throw new Error('left something behind')
    const session = createSession()
    await session.ready
    process.stdout.write(session.getSnapshot().status)`
  assert.equal(run('--input-type=module', '--eval', script), 'unauthenticated')
})

test('on a server the session is inert', async () => {
  const session = warden.createSession({ idleTimeout: 5 })
  assert.equal(session.getSnapshot().status, 'unauthenticated')
  assert.equal(await session.ready, session.getSnapshot())
  assert.equal(await session.getAccessToken(), null)
  assert.equal(session.peekAccessToken(), null)
  assert.equal(session.hasRole('admin'), false)
  assert.deepEqual(await session.verify(), { valid: null, reason: 'environment' })
  assert.equal(await session.logout(), undefined)
  session.subscribe(() => {})()
  session.on('login', () => {})()
  session.touch()
  session.stay()
  for (const attempt of [
    session.login({}),
    session.register({}),
    session.changePassword({}),
    session.refresh(),
  ]) {
    await assert.rejects(attempt, { name: 'EnvironmentError', code: 'environment' })
  }
  await assert.rejects(session.setTokens({ accessToken: 'a' }), { name: 'EnvironmentError' })
  session.dispose()
  assert.equal(Symbol.for('session-warden@1') in globalThis, false)
})

test('on a server there is no monitor, and importing it touches nothing', () => {
  const path = fileURLToPath(new URL('esm/monitor.js', dist))
  const names = [
    'customElements',
    'HTMLElement',
    'CSSStyleSheet',
    'document',
    'window',
    'navigator',
    'setInterval',
  ]
  const script = `
    const { defineProperty, ownKeys } = Reflect
    const former = new Map()
    for (const name of ${JSON.stringify(names)}) {
      former.set(name, Object.getOwnPropertyDescriptor(globalThis, name))
      defineProperty(globalThis, name, { configurable: true, get() { throw new Error('touched ' + name) } })
    }
    const before = ownKeys(globalThis).length
    const { defineSessionMonitor, mountSessionMonitor } = await import(${JSON.stringify(pathToFileURL(path).href)})
    if (ownKeys(globalThis).length !== before) throw new Error('left something behind')
    for (const [name, value] of former) {
      if (value === undefined) delete globalThis[name]
      else defineProperty(globalThis, name, value)
    }
    defineSessionMonitor()
    mountSessionMonitor({})()
    process.stdout.write('nothing happened')`
  assert.equal(run('--input-type=module', '--eval', script), 'nothing happened')
})

test('on a server wrong options are refused as well', () => {
  assert.throws(() => warden.createSession({ idleTimout: 5 }), { name: 'ConfigError', key: 'idleTimout' })
})

test('on a server fetch is fetch', async () => {
  const response = await warden.createSession().fetch('data:text/plain,hello')
  assert.equal(await response.text(), 'hello')
})

test('CommonJS has the same exports', () => {
  const common = require('session-warden')
  assert.deepEqual(Object.keys(common).sort(), Object.keys(warden).sort())
  assert.equal(common.createSession().getSnapshot().status, 'unauthenticated')
})

test('CommonJS has the same exports for axios', () => {
  const common = require('session-warden/axios')
  assert.deepEqual(Object.keys(common).sort(), Object.keys(wardenAxios).sort())
  assert.equal(common.createApi(warden.createSession(), { baseURL: '/api' }).defaults.baseURL, '/api')
})

test('the package itself knows nothing of axios', () => {
  for (const file of ['esm/index.js', 'cjs/index.cjs'])
    assert.doesNotMatch(readFileSync(new URL(file, dist), 'utf8'), /axios/i)
})

for (const [name, part, peers, limit = 8_000] of [
  ['monitor', wardenMonitor, [], 18_000],
  // The monitor only once it is asked for: see what bundlers make of it in `monitor.test.js`.
  ['react', wardenReact, ['./monitor.js', 'react', 'react/jsx-runtime']],
  ['redux', wardenRedux, ['@reduxjs/toolkit']],
]) {
  test(`CommonJS has the same exports for ${name}`, () => {
    assert.deepEqual(Object.keys(require(`session-warden/${name}`)).sort(), Object.keys(part).sort())
  })

  test(`the part for ${name} brings nothing along, neither a core nor what it is for`, () => {
    const text = readFileSync(new URL(`esm/${name}.js`, dist), 'utf8')
    const imported = [...text.matchAll(/(?:from|import)\s*\(?"([^"]+)"/g)].map(([, path]) => path)
    assert.deepEqual([...new Set(imported)].sort(), peers)
    assert.ok(text.length < limit, `${text.length} bytes`)
  })
}

test('verification is in a file of its own with the library that does it, whose licence lies beside', async () => {
  for (const [folder, extension] of [
    ['esm', 'js'],
    ['cjs', 'cjs'],
  ]) {
    const read = name => readFileSync(new URL(`${folder}/${name}.${extension}`, dist), 'utf8')
    const imported = [...read('verify').matchAll(/(?:from|import|require)\s*\(?"([^"]+)"/g)].map(
      ([, path]) => path,
    )
    assert.deepEqual([...new Set(imported)], [`./index.${extension}`])
    assert.doesNotMatch(read('index'), /bad-signature|JWK/)
  }
  assert.match(readFileSync(new URL('LICENSE-jose.md', dist), 'utf8'), /MIT License.*Filip Skokan/s)
  assert.ok(brotliCompressSync(readFileSync(new URL('esm/verify.js', dist))).length < 9_000)

  const common = require('session-warden/verify')
  assert.deepEqual(Object.keys(common).sort(), Object.keys(wardenVerify).sort())
  for (const [{ createVerifier }, { ConfigError }] of [
    [wardenVerify, warden],
    [common, require('session-warden')],
  ])
    assert.throws(() => createVerifier({}), ConfigError)
})

test('the part for tests shares the module and the errors, and nobody else loads anything of it', () => {
  for (const [folder, extension] of [
    ['esm', 'js'],
    ['cjs', 'cjs'],
  ]) {
    const text = readFileSync(new URL(`${folder}/testing.${extension}`, dist), 'utf8')
    const imported = [...text.matchAll(/(?:from|import|require)\s*\(?"([^"]+)"/g)].map(([, path]) => path)
    assert.deepEqual([...new Set(imported)].sort(), [`./index.${extension}`, `./wasm-inline.${extension}`])
    assert.doesNotMatch(text, /createRequire|eval\(|new Function/)
  }
  assert.doesNotMatch(readFileSync(new URL('esm/index.js', dist), 'utf8'), /session-warden\.clock/)
  assert.match(readFileSync(new URL('LICENSE-fake-indexeddb', dist), 'utf8'), /Apache License/)
  const common = require('session-warden/testing')
  assert.deepEqual(Object.keys(common).sort(), Object.keys(wardenTesting).sort())
})

test('a server that renders React knows that the part for it is the browser’s', () => {
  for (const file of ['esm/react.js', 'cjs/react.cjs']) {
    const [start] = readFileSync(new URL(file, dist), 'utf8').match(/^("[^"]*";)*/)
    assert.match(start, /"use client";/, file)
  }
})

test('sub-paths have the same exports in both module systems, and share the errors', async () => {
  const common = require('session-warden/compat')
  const compat = await import('session-warden/compat')
  assert.deepEqual(Object.keys(common).sort(), Object.keys(compat).sort())
  const signedOut = { ready: Promise.resolve(), getSnapshot: () => ({ status: 'unauthenticated' }) }
  await assert.rejects(new compat.ApiClient('', signedOut).get('/'), warden.SignedOutError)
  await assert.rejects(new common.ApiClient('', signedOut).get('/'), require('session-warden').SignedOutError)
})

test('errors of one copy are known to the other', () => {
  const common = require('session-warden')
  assert.ok(warden.isSessionError(new common.NetworkError('no answer'), 'network'))
  assert.equal(warden.isSessionError(new Error('no answer')), false)
  assert.equal(warden.isSessionError(null), false)
})

for (const [folder, extension, load] of [
  ['esm', '.js', path => import(pathToFileURL(path))],
  ['cjs', '.cjs', async path => require(path)],
]) {
  test(`${folder} holds the module as it was built, and the browser's compiler takes it`, async () => {
    const { wasmBytes } = await load(fileURLToPath(new URL(`${folder}/wasm-inline${extension}`, dist)))
    const bytes = wasmBytes()
    assert.deepEqual(Buffer.from(bytes), readFileSync(new URL('session_warden.wasm', dist)))
    const exports = WebAssembly.Module.exports(await WebAssembly.compile(bytes))
    assert.ok(exports.some(({ kind }) => kind === 'memory'))
  })

  test(`${folder} is plain ASCII where the module is, and needs no import.meta`, () => {
    for (const file of readdirSync(new URL(`${folder}/`, dist))) {
      if (!file.endsWith(extension)) continue
      const text = readFileSync(new URL(`${folder}/${file}`, dist), 'utf8')
      assert.doesNotMatch(text, /import\.meta/, file)
      if (file.startsWith('wasm-inline')) assert.match(text, /^[\n -~]*$/, file)
    }
  })
}

for (const [name, project] of [
  ['', 'tsconfig.json'],
  [', with an axios 1.7', 'tsconfig.axios-1.7.json'],
  [', with the oldest axios', 'tsconfig.axios-1.6.json'],
  [', with React 18', 'tsconfig.react-18.json'],
  [', with Redux Toolkit', 'tsconfig.redux.json'],
]) {
  test(`the declarations say what the package does and refuse what it does not${name}`, () => {
    assert.equal(
      run(compilerPath(), '--project', fileURLToPath(new URL(`types/${project}`, import.meta.url))),
      '',
    )
  })
}

test('the declarations hold nothing internal, and nothing of a library that is inside', () => {
  const files = readdirSync(new URL('esm/', dist), { recursive: true }).filter(file => file.endsWith('.d.ts'))
  for (const file of files)
    assert.doesNotMatch(readFileSync(new URL(`esm/${file}`, dist), 'utf8'), /from 'jose'/, file)
  assert.deepEqual(
    files.filter(file => /core|glue|wasm|loader/.test(file)),
    [],
  )
})
