// The monitor as it is built, in a browser: `npm run build` comes first.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openApps } from './support/app.js'
import { launchBrowser } from './support/browser.js'
import { ANSWER, REFRESHED } from './support/site.js'

const PAGE = `<!doctype html>
<title>app</title>
<main><h1>Notes</h1><p>A page with <a href="#">a link</a>.</p><input aria-label="Note"><button>Save</button></main>
<script type="module" src="./app.js"></script>
`

const APP = `
import { createSession } from 'session-warden'
import { mountSessionMonitor } from 'session-warden/monitor'

Object.assign(globalThis, { createSession, mountSessionMonitor, violations: [] })
document.addEventListener('securitypolicyviolation', ({ violatedDirective }) => violations.push(violatedDirective))
globalThis.session = createSession()
`

const REACT_APP = `
import { createRoot } from 'react-dom/client'
import { createSession } from 'session-warden'
import { SessionMonitor } from 'session-warden/react'

createRoot(document.querySelector('main')).render(<SessionMonitor session={createSession()} />)
`

/** As bad as a page can be to what is in it. */
const HOSTILE = `
:root {
  font-size: 40px;
  --background: red; --text: red; --width: 900px; --edge: 90px; --y: 300px; --place: 300px;
  --top: 300px; --right: 300px; --index: 3; --left: 0.1;
}
body {
  visibility: hidden; color: red; font: italic 40px/3 fantasy; letter-spacing: 9px; text-transform: uppercase;
  direction: rtl; cursor: none; transform: rotate(20deg) scale(0.5); filter: blur(9px); opacity: 0.2;
  contain: strict; overflow: hidden; width: 50px; height: 50px;
}
* {
  position: static !important; z-index: 1 !important; box-sizing: content-box !important; margin: 30px !important;
  padding: 30px !important; border: 9px dashed red !important; outline: 9px solid red !important;
  background: lime !important; color: red !important; text-align: justify !important; pointer-events: none !important;
}
session-monitor, session-monitor *, [popover], section, header, button, dl, ol, li {
  display: none !important; width: 5px !important; opacity: 0 !important; animation: 1s infinite hostile !important;
}
@keyframes hostile { to { rotate: 1turn } }
`

let browser
let site
let close

before(async () => {
  ;({ browser, site, close } = await openApps(PAGE, { plain: APP, react: REACT_APP }))
})

after(() => close?.())

/** A page, and what it complains about. */
async function open(context, { name = 'plain', inBrowser = browser, ...options } = {}) {
  const browserContext = await inBrowser.newContext({ viewport: { width: 1000, height: 720 }, ...options })
  context.after(() => browserContext.close())
  const page = await browserContext.newPage()
  const complaints = []
  page.on('pageerror', error => complaints.push(error.message))
  page.on('console', message => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
  })
  await page.goto(`${site.href}/${name}/index.html`)
  return { page, complaints }
}

const signIn = page => page.evaluate(() => session.login({ email: 'zoe@example.com', password: 'secret' }))

/** The panel of the page's session. */
async function mount(page, options) {
  await page.evaluate(async given => {
    await session.ready
    globalThis.remove = mountSessionMonitor(session, given)
  }, options)
  return panelIn(page)
}

const panelIn = (page, label = 'Session') => page.getByRole('region', { name: `Session monitor: ${label}` })

/** Another tab of the browser that `page` is in, with the panel. */
async function openBeside(page) {
  const other = await page.context().newPage()
  await other.goto(page.url())
  return { other, panel: await mount(other) }
}

/** The value of a fact, once it is so. */
const factIn = (panel, name, value) =>
  panel.locator('.facts div', { hasText: name }).getByText(value, { exact: true }).waitFor()

const press = (panel, name) => panel.getByRole('button', { name, exact: true }).click()

const snapshotIn = page => page.evaluate(() => session.getSnapshot())

/** How far the page's clock is ahead of the true one, as no `new Date()` is set by it. */
const aheadIn = page => page.evaluate(() => Date.now() - Date.parse(new Date().toJSON()))

const fromTopRight = async panel => {
  const { x, y, width } = await panel.boundingBox()
  return [panel.page().viewportSize().width - x - width, y]
}

test('the panel is at the top right, and under the strictest policy it is as it should be', async context => {
  const { page, complaints } = await open(context)
  await signIn(page)
  const panel = await mount(page)
  assert.deepEqual(await fromTopRight(panel), [12, 12])
  await panel.getByText('authenticated').waitFor()
  const bar = panel.locator('.bar').first()
  assert.deepEqual(
    await bar.evaluate(element => [
      getComputedStyle(element).height,
      element.getBoundingClientRect().width > 200,
    ]),
    ['4px', true],
  )
  // What is left of the token's fifteen minutes, second by second.
  await panel
    .getByText(/^14:5[0-7]$/)
    .first()
    .waitFor()
  await panel.getByRole('button', { name: 'Refresh' }).click()
  await panel.getByText('generation 2, this-tab').waitFor()
  await panel.getByRole('button', { name: 'Log out' }).click()
  await panel.getByText('unauthenticated').waitFor()
  assert.deepEqual(await page.evaluate(() => violations), [])
  assert.deepEqual(complaints, [])
})

test('at first sight the bars show what is left, and move from there', async context => {
  const { page } = await open(context)
  await signIn(page)
  const bars = await page.evaluate(() => {
    mountSessionMonitor(session)
    const { shadowRoot } = document.querySelector('session-monitor')
    return [...shadowRoot.querySelectorAll('.bar')].map(bar => [
      bar.getAnimations().length,
      bar.getBoundingClientRect().width / bar.parentElement.getBoundingClientRect().width,
    ])
  })
  const full = [0, 1]
  assert.deepEqual(bars.slice(0, 1).concat(bars.slice(2)), [full, full, [0, 0]])
  // Since the login some time has passed.
  assert.ok(bars[1][0] === 0 && bars[1][1] > 0.9, `${bars[1]}`)
})

test('Expire makes one refresh request, and the user stays, in all tabs', async context => {
  const { page, complaints } = await open(context)
  await signIn(page)
  const refreshes = []
  page.context().on('request', request => {
    if (request.url().endsWith('/refresh')) refreshes.push(request.postDataJSON())
  })
  const panel = await mount(page)
  const { other } = await openBeside(page)
  await press(panel, 'Expire')
  // The one that has expired is a generation of its own.
  await panel.getByText('generation 3').waitFor()
  await panel.getByText('Expire: expired').waitFor({ state: 'attached' })
  for (const tab of [page, other]) {
    await tab.waitForFunction(() => session.getSnapshot().expiresAt > Date.now())
    assert.equal(await tab.evaluate(() => session.getAccessToken()), REFRESHED.access_token)
    const { status, user } = await snapshotIn(tab)
    assert.deepEqual([status, user], ['authenticated', ANSWER.user])
  }
  assert.deepEqual(
    refreshes.map(body => Object.values(body)),
    [['opaque']],
  )
  assert.equal((await panel.innerHTML()).includes(ANSWER.access_token), false)
  assert.deepEqual(complaints, [])
})

test('without a refresh token Expire is the end', async context => {
  const { page } = await open(context)
  await page.evaluate(() => session.setTokens({ accessToken: 'opaque', expiresIn: 900 }, { as: 'login' }))
  const panel = await mount(page)
  await press(panel, 'Expire')
  await panel.getByText('unauthenticated').waitFor()
  assert.equal((await snapshotIn(page)).endReason, 'expired')
})

for (const promptEndsOn of ['activity', 'stay']) {
  test(`Go idle brings the prompt, and pressed once more the idle logout, where that ends on ${promptEndsOn}`, async context => {
    const { page, complaints } = await open(context)
    await page.evaluate(given => {
      globalThis.session = createSession({ name: 'idle', promptEndsOn: given })
    }, promptEndsOn)
    await signIn(page)
    const panel = await mount(page)
    await page.evaluate(() => {
      globalThis.dismissals = []
      session.on('prompt-dismissed', ({ by }) => dismissals.push(by))
    })
    await press(panel, 'Go idle')
    await panel.getByText('prompting').waitFor()
    assert.equal((await snapshotIn(page)).status, 'authenticated')
    assert.ok((await aheadIn(page)) > 28 * 60_000)
    await press(panel, 'Go idle')
    await panel.getByText('unauthenticated').waitFor()
    // The mouse on its way was activity.
    assert.deepEqual(await page.evaluate(() => dismissals), promptEndsOn === 'stay' ? [] : ['activity'])
    const { endReason, endedBy } = await snapshotIn(page)
    assert.deepEqual([endReason, endedBy], ['idle', 'this-tab'])
    assert.deepEqual(complaints, [])
  })
}

test('who goes idle takes the other tabs along at the end only, and leaves their clocks alone', async context => {
  const { page } = await open(context)
  await signIn(page)
  const panel = await mount(page)
  const { other, panel: beside } = await openBeside(page)
  await page.bringToFront()
  await press(panel, 'Go idle')
  await panel.getByText('prompting').waitFor()
  await panel.getByText(/^generation/).waitFor()
  const { status, prompting } = await snapshotIn(other)
  assert.deepEqual([status, prompting], ['authenticated', false])
  await press(panel, 'Go idle')
  await beside.getByText('unauthenticated').waitFor()
  const { endReason, endedBy } = await snapshotIn(other)
  assert.deepEqual([endReason, endedBy], ['idle', 'other-tab'])
  assert.ok(Math.abs(await aheadIn(other)) < 1_000)
})

test('with the panel the clock that was ahead goes, and the session goes on by the true one', async context => {
  const { page } = await open(context)
  await signIn(page)
  const panel = await mount(page)
  await press(panel, 'Go idle')
  await panel.getByText('prompting').waitFor()
  await panel.getByText(/^clock 2\d:\d\d ahead$/).waitFor()
  await page.evaluate(() => remove())
  assert.ok(Math.abs(await aheadIn(page)) < 1_000)
  const [prompting, left, leftAfter] = await page.evaluate(() => {
    dispatchEvent(new Event('focus'))
    const { prompting, idleAt } = session.getSnapshot()
    session.stay()
    return [prompting, idleAt - Date.now(), session.getSnapshot().idleAt - Date.now()]
  })
  assert.equal(prompting, true)
  assert.ok(left > 0 && left <= 60_000, `${left} ms until the idle logout`)
  assert.ok(Math.abs(leftAfter - 30 * 60_000) < 1_000, `${leftAfter} ms after the answer`)
})

test('tabs see each other, and one that is closed is forgotten', async context => {
  const { page } = await open(context)
  await signIn(page)
  const panel = await mount(page)
  await factIn(panel, 'Other tabs', '0')
  const { other, panel: beside } = await openBeside(page)
  await factIn(panel, 'Other tabs', '1')
  await factIn(beside, 'Other tabs', '1')
  const { panel: third } = await openBeside(page)
  for (const one of [panel, beside, third]) await factIn(one, 'Other tabs', '2')
  await other.close()
  for (const one of [panel, third]) await factIn(one, 'Other tabs', '1')
  await third.page().evaluate(() => remove())
  await factIn(panel, 'Other tabs', '0')
})

test('a tab that has crashed is forgotten', async context => {
  const { page } = await open(context)
  await signIn(page)
  const panel = await mount(page)
  const { other } = await openBeside(page)
  await factIn(panel, 'Other tabs', '1')
  const crash = other.waitForEvent('crash')
  const devTools = await page.context().newCDPSession(other)
  // Nobody is left to answer.
  devTools.send('Page.crash').catch(() => {})
  await crash
  await factIn(panel, 'Other tabs', '0')
})

test('the panel keeps no page out of the back-forward cache, and is heard again when the page is back', async context => {
  const keeping = await launchBrowser({ ignoreDefaultArgs: ['--disable-back-forward-cache'] })
  context.after(() => keeping.close())
  const { page } = await open(context, { inBrowser: keeping })
  await signIn(page)
  const panel = await mount(page)
  const { panel: beside } = await openBeside(page)
  await factIn(beside, 'Other tabs', '1')
  await page.evaluate(() => {
    globalThis.returns = []
    addEventListener('pageshow', ({ persisted }) => returns.push(persisted))
  })
  await page.goto(`${site.href}/plain/index.html?elsewhere`)
  await factIn(beside, 'Other tabs', '0')
  await page.evaluate(() => history.back())
  await page.waitForFunction(() => globalThis.returns?.length === 1)
  assert.deepEqual(await page.evaluate(() => returns), [true])
  await factIn(beside, 'Other tabs', '1')
  await factIn(panel, 'Other tabs', '1')
})

test('in development React loads it, under the strictest policy', async context => {
  const { page, complaints } = await open(context, { name: 'react' })
  await panelIn(page).getByText('unauthenticated').waitFor()
  assert.deepEqual(complaints, [])
})

/** Everything that a browser computed for each of the elements, and where they are. */
function looks(root) {
  return [...root.querySelectorAll('*')].map(element => {
    const style = getComputedStyle(element)
    const { x, y, width, height } = element.getBoundingClientRect()
    // A custom property does nothing by itself, and all that a page has come down to the panel.
    const names = [...style].filter(name => !name.startsWith('--'))
    return [
      element.tagName,
      x,
      y,
      width,
      height,
      ...names.map(name => `${name}: ${style.getPropertyValue(name)}`),
    ]
  })
}

test('whatever the styles of a page, the panel looks the same and is above all', async context => {
  const seen = []
  for (const css of ['', HOSTILE]) {
    const { page } = await open(context, { reducedMotion: 'reduce' })
    await page.evaluate(text => {
      const sheet = new CSSStyleSheet()
      sheet.replaceSync(text)
      document.adoptedStyleSheets = [sheet]
    }, css)
    const panel = await mount(page)
    await page.evaluate(() => {
      const cover = document.createElement('div')
      for (const [name, value] of Object.entries({ position: 'fixed', inset: '0', 'z-index': '2147483647' }))
        cover.style.setProperty(name, value, 'important')
      document.documentElement.append(cover)
    })
    const { x, y, width, height } = await panel.boundingBox()
    // Its round corners show the page.
    const clip = { x: x + 8, y: y + 8, width: width - 16, height: height - 16 }
    seen.push({
      box: { x, y, width, height },
      looks: await page.evaluate(`(${looks})(document.querySelector('session-monitor').shadowRoot)`),
      atItsPlace: await page.evaluate(([x, y]) => document.elementFromPoint(x, y).tagName, [x + 20, y + 20]),
      picture: (await page.screenshot({ clip })).toString('base64'),
    })
  }
  const [plain, hostile] = seen
  assert.deepEqual(hostile.box, plain.box)
  assert.deepEqual(hostile.looks, plain.looks)
  assert.equal(hostile.atItsPlace, 'SESSION-MONITOR')
  assert.ok(hostile.picture === plain.picture, 'the pictures differ')
})

test('a page with the panel is the page without it', async context => {
  const { page } = await open(context)
  await page.getByLabel('Note').focus()
  const state = () =>
    page.evaluate(`({
      looks: (${looks})(document).filter(([tag]) => tag !== 'SESSION-MONITOR'),
      root: [document.documentElement.scrollWidth, document.documentElement.scrollHeight],
      sheets: [document.styleSheets.length, document.adoptedStyleSheets.length],
      focused: document.activeElement.tagName,
      stored: [Object.keys(localStorage), Object.keys(sessionStorage), document.cookie],
    })`)
  await page.evaluate(() => session.ready)
  const without = await state()
  await mount(page)
  assert.deepEqual(await state(), without)
  await page.evaluate(() => remove())
  assert.equal(await page.locator('session-monitor').count(), 0)
  assert.deepEqual(await state(), without)
})

test('it is moved with the arrow keys, stays in view, and Home puts it back', async context => {
  const { page } = await open(context)
  const panel = await mount(page)
  const press = async (key, times = 1) => {
    for (let time = 0; time < times; time += 1) await panel.getByRole('button', { name: 'Move' }).press(key)
    return fromTopRight(panel)
  }
  assert.deepEqual(await press('ArrowLeft'), [28, 12])
  assert.deepEqual(await press('Shift+ArrowDown'), [28, 76])
  assert.deepEqual(await press('ArrowUp'), [28, 60])
  // Against the edge, and at once away from it.
  assert.deepEqual(await press('Shift+ArrowRight', 3), [12, 60])
  assert.deepEqual(await press('ArrowLeft'), [28, 60])
  const [leftmost] = await press('Shift+ArrowLeft', 20)
  const { width } = await panel.boundingBox()
  assert.equal(leftmost, 1000 - 12 - width)
  const [, lowest] = await press('Shift+ArrowDown', 20)
  assert.ok(lowest < 720 - 40, `${lowest}`)
  await page.setViewportSize({ width: 400, height: 300 })
  const box = await panel.boundingBox()
  assert.ok(box.x >= 0 && box.x + box.width <= 400 && box.y + 36 <= 300, JSON.stringify(box))
  assert.deepEqual(await press('Home'), [12, 12])
  assert.equal(await page.evaluate(() => scrollY), 0)
})

test('it is dragged by its heading, until the button is let go', async context => {
  const { page } = await open(context)
  const panel = await mount(page)
  const { x, y } = await panel.locator('.label').boundingBox()
  await page.mouse.move(x + 4, y + 4)
  await page.mouse.down()
  await page.mouse.move(x - 196, y + 104, { steps: 5 })
  assert.deepEqual(await fromTopRight(panel), [212, 112])
  // Faster than the panel follows.
  await page.mouse.move(x - 396, y + 204)
  assert.deepEqual(await fromTopRight(panel), [412, 212])
  await page.mouse.up()
  // Still over the heading.
  await page.mouse.move(x - 390, y + 206)
  assert.deepEqual(await fromTopRight(panel), [412, 212])
})

test('the keyboard collapses it, and it takes less room', async context => {
  const { page } = await open(context)
  const panel = await mount(page)
  const { height } = await panel.boundingBox()
  const toggle = panel.getByRole('button', { name: 'Details' })
  await toggle.press('Enter')
  assert.ok((await panel.boundingBox()).height < 50)
  assert.deepEqual(await fromTopRight(panel), [12, 12])
  assert.equal(await panel.getByText('Token expiry').isVisible(), false)
  await toggle.press('Space')
  assert.equal((await panel.boundingBox()).height, height)
})

test('several stand side by side', async context => {
  const { page } = await open(context)
  await mount(page, { label: 'One' })
  await page.evaluate(() => mountSessionMonitor(createSession({ name: 'other' }), { label: 'Other' }))
  const [one, other] = [await panelIn(page, 'One').boundingBox(), await panelIn(page, 'Other').boundingBox()]
  assert.ok(other.x + other.width < one.x)
  assert.equal(other.y, one.y)
})

/** The least contrast of a text in the panel with what is behind it, as WCAG counts it, and the panel's own colour. */
function contrast() {
  const root = document.querySelector('session-monitor').shadowRoot
  const numbers = colour => colour.match(/[\d.]+/g).map(Number)
  const luminance = colour => {
    const [r, g, b] = numbers(colour).map(value => {
      const part = value / 255
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const behind = element => {
    const { backgroundColor } = getComputedStyle(element)
    return numbers(backgroundColor)[3] === 0 ? behind(element.parentElement) : backgroundColor
  }
  const ratios = [...root.querySelectorAll('*')]
    .filter(element => [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim() !== ''))
    .filter(element => element.ariaDisabled !== 'true')
    .map(element => {
      const [low, high] = [getComputedStyle(element).color, behind(element)]
        .map(luminance)
        .sort((a, b) => a - b)
      return (high + 0.05) / (low + 0.05)
    })
  return {
    least: Math.min(...ratios),
    count: ratios.length,
    background: luminance(behind(root.firstElementChild)),
  }
}

for (const [colorScheme, isDark] of [
  ['light', false],
  ['dark', true],
]) {
  test(`it is ${colorScheme} where the browser is, and can be read`, async context => {
    const { page } = await open(context, { colorScheme })
    await signIn(page)
    const panel = await mount(page)
    await panel.getByRole('button', { name: 'Refresh' }).click()
    await panel.getByText('generation 2, this-tab').waitFor()
    const { least, count, background } = await page.evaluate(contrast)
    assert.ok(count > 20, `${count} texts`)
    assert.ok(least >= 4.5, `${least}`)
    assert.equal(background < 0.1, isDark)
  })
}

test('nothing moves where that is not wanted', async context => {
  for (const [reducedMotion, duration] of [
    ['reduce', '0s'],
    ['no-preference', '1s'],
  ]) {
    const { page } = await open(context, { reducedMotion })
    const panel = await mount(page)
    const bar = panel.locator('.bar').first()
    assert.equal(await bar.evaluate(element => getComputedStyle(element).transitionDuration), duration)
  }
})
