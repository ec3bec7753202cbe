import { chromium } from 'playwright-core'
import { CHROMIUM } from './environment.mjs'

const FLAGS = [
  // Containers run as root, where Chromium refuses its sandbox.
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-quic',
  '--disable-sync',
  '--no-first-run',
]

/** A browser profile of its own, whose clocks run until they are moved. Closed when the test `t` ends. */
export async function openContext(t) {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS })
  t.after(() => browser.close())
  const context = await browser.newContext()
  await context.clock.install()
  return context
}
