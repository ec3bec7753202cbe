import { chromium } from 'playwright-core'

/** A browser. CHROMIUM says where it is. `options` are Playwright's. */
export const launchBrowser = options =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-background-networking'],
    ...options,
  })
