import { after, before } from 'node:test'
import { launchBrowser } from '../../../pkg/test/support/browser.js'
import { startAuthServer } from './auth-server.mjs'

/** What the tests of a file share, from its first test to its last: an auth server and a browser. */
export const shared = { auth: undefined, browser: undefined }

const closing = []
before(async () => {
  const file = { after: close => closing.push(close) }
  shared.auth = await startAuthServer(file)
  shared.browser = await launchBrowser()
  file.after(() => shared.browser.close())
})
after(() => Promise.all(closing.map(close => close())))
