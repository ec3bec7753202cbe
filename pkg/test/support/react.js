import { cp, mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Window } from 'happy-dom'
import { closePage, openPage } from './page.js'
import { STUB_PACKAGE } from './stub-package.js'

const require = createRequire(import.meta.url)

/** The versions that are promised, by the names under which they are installed. */
export const REACTS = [
  { version: '18', react: 'react-18', dom: 'react-dom-18' },
  { version: '19', react: 'react', dom: 'react-dom' },
]

/** The package around the stub core with its part for React, and the React that it finds. A window has to be open. */
export async function importWithReact({ version, react, dom }) {
  const home = join(STUB_PACKAGE, `react-${version}`)
  await mkdir(join(home, 'node_modules'), { recursive: true })
  await cp(join(STUB_PACKAGE, 'dist'), join(home, 'dist'), { recursive: true })
  for (const [name, installed] of [
    ['scheduler', scheduler(dom)],
    ['react', rootOf(react)],
    // Copied, since a link would lead it to another React.
    ['react-dom', rootOf(dom)],
  ])
    await cp(installed, join(home, 'node_modules', name), { recursive: true })
  const load = path => import(pathToFileURL(join(home, path)))
  const [React, { createRoot, hydrateRoot }, { renderToString }, core, own] = await Promise.all([
    load('node_modules/react/index.js'),
    load('node_modules/react-dom/client.js'),
    load('node_modules/react-dom/server.js'),
    load('dist/esm/index.js'),
    load('dist/esm/react.js'),
  ])
  const monitorUrl = pathToFileURL(join(home, 'dist/esm/monitor.js')).href
  return { ...React.default, createRoot, hydrateRoot, renderToString, ...core, ...own, monitorUrl }
}

const rootOf = (name, from = require) => dirname(from.resolve(`${name}/package.json`))

const scheduler = dom => rootOf('scheduler', createRequire(require.resolve(dom)))

/** What of a window is looked for beside it. */
const OF_WINDOW = ['document', 'navigator', 'customElements', 'HTMLElement', 'CSSStyleSheet']

/** As `openPage`, with a document that can be rendered into. */
export function openWindow() {
  const page = openPage()
  const window = new Window({ url: 'https://app.example/start' })
  const globals = { window, IS_REACT_ACT_ENVIRONMENT: true }
  for (const name of OF_WINDOW) globals[name] = window[name]
  for (const [name, value] of Object.entries(globals))
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true })
  return page
}

export async function closeWindow() {
  await globalThis.window.happyDOM.close()
  for (const name of ['window', 'IS_REACT_ACT_ENVIRONMENT', ...OF_WINDOW]) delete globalThis[name]
  closePage()
}
