import assert from 'node:assert/strict'
import { test } from 'node:test'
import { installApplication } from './support/application.mjs'
import { CREDENTIALS } from './support/auth-server.mjs'
import { openPage } from './support/page.mjs'
import { serveBehind } from './support/site.mjs'
import { freePort, Tool } from './support/tool.mjs'

const SIGN = /Ready in/

let installing
const installed = () => (installing ??= installApplication('next'))

for (const [bundler, flag] of [
  ['Turbopack', '--turbopack'],
  ['webpack', '--webpack'],
]) {
  test(`development: Next.js 16 with ${bundler}`, async t => {
    const folder = await installed()
    const port = await freePort()
    await Tool.start(t, folder, ['next', 'dev', flag, '--port', port], SIGN)
    await applicationWorks(t, port)
  })

  test(`production: Next.js 16 with ${bundler}`, async t => {
    const folder = await installed()
    const port = await freePort()
    await Tool.run(folder, ['next', 'build', flag])
    await Tool.start(t, folder, ['next', 'start', '--port', port], SIGN)
    const { page, scripts } = await applicationWorks(t, port)
    assert.equal(await page.locator('session-monitor').count(), 0)
    const texts = await Promise.all([...scripts].map(async url => (await fetch(url)).text()))
    assert.equal(texts.filter(text => text.includes('session-monitor')).length, 0)
  })
}

/** Server and client components render alike, and a session starts, signs in, is found again, and ends. */
async function applicationWorks(t, port) {
  const url = await serveBehind(t, port)
  const html = await (await fetch(url)).text()
  assert.match(html, /data-testid="on-server">false</)
  assert.match(html, /data-testid="loading"/)
  assert.doesNotMatch(html, /<form/)

  const opened = await openPage(t, url)
  const { page, complaints } = opened
  for (const [name, value] of Object.entries(CREDENTIALS)) await page.fill(`input[name=${name}]`, value)
  await page.click('button[type=submit]')
  const shows = (name, text) => page.getByTestId(name).getByText(text, { exact: true }).waitFor()
  await shows('status', 'authenticated')
  await page.getByTestId('call').click()
  await shows('answer', '200')

  await page.reload()
  await shows('status', 'authenticated')
  await page.getByTestId('sign-out').click()
  await page.locator('form').waitFor()
  assert.deepEqual(complaints, [])
  return opened
}
