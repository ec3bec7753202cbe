import assert from 'node:assert/strict'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createWorldOf } from '../../e2e/support/world.mjs'

/** The password of every account: as every system's policy wants it. */
export const PASSWORD = 'Correct horse 7 battery'

/** Who is signed in. */
export const ADA = 'ada@example.com'

/** No system needs more lines of options. */
const LONGEST = 15

const PAGE = fileURLToPath(new URL('../page', import.meta.url))
const SECTIONS = (await readFile(new URL('../../../docs/systems.md', import.meta.url), 'utf8')).split(/^## /m)

/**
 * The system `profile`: a server that plays it, and a browser whose pages create their session with the lines that
 * docs/systems.md has for it; those of its block `block`, where it has several. `edits` are replacements in these lines,
 * `serverEdits` in the server's profile.
 */
export async function createSystem(t, profile, { block = 0, edits = {}, serverEdits, ...options } = {}) {
  const lines = edited(configuration(profile, block), edits)
  const played = serverEdits === undefined ? profile : await editedProfile(t, profile, serverEdits)
  return createWorldOf(t, folder => assemblePages(folder, lines), { profile: played, ...options })
}

/** So many tabs, one after the other. The first one registers an account; the others find that somebody is signed in. */
export async function registeredTabs(world, count) {
  const first = await world.open()
  await first.session('register', { email: ADA, password: PASSWORD })
  const tabs = [first]
  while (tabs.length < count) tabs.push(await world.open())
  for (const tab of tabs) await tab.shows('authenticated')
  return tabs
}

/** The access token of the same user on another device, by a login at `path`. */
export async function accessTokenElsewhere(world, path, credentials) {
  const { access_token, token } = await (await world.server.post(path, credentials)).json()
  return access_token ?? token
}

/** A tab of another browser, in which the same user signs in. */
export async function signedInElsewhere(world, credentials) {
  const tab = await (await world.inAnotherBrowser()).open()
  await tab.session('login', credentials)
  await tab.shows('authenticated')
  return tab
}

/** Signs out in `tab`, and does not wait for that: the page leaves for another one. */
export function logOut(tab, options) {
  return tab.evaluate(options => void globalThis.demoSession.logout(options), options)
}

/** Waits until the session has led `tabs` to the page for signing in, and that says why. */
export async function areSentToSignIn(tabs, reason) {
  for (const tab of tabs) {
    await tab.arrivesAt('/sign-in.html')
    await tab.showsEnd(reason)
  }
}

function configuration(profile, block) {
  const section = SECTIONS.find(text => text.startsWith(`\`${profile}\``))
  const [, lines] = [...section.matchAll(/^```js\n(.*?)^```$/gms)][block]
  const [, options] = lines.match(/createSession\(\{\n(.*)^\}\)$/ms)
  const count = options.trimEnd().split('\n').length
  assert.ok(count <= LONGEST, `${profile} needs ${count} lines of options`)
  return lines
}

async function editedProfile(t, name, edits) {
  const folder = await mkdtemp(join(tmpdir(), 'session-warden-profile-'))
  t.after(() => rm(folder, { recursive: true }))
  const text = await readFile(new URL(`../../../server/profiles/${name}.toml`, import.meta.url), 'utf8')
  const file = join(folder, `${name}.toml`)
  await writeFile(file, edited(text, edits))
  return file
}

function edited(text, edits) {
  return Object.entries(edits).reduce((before, [from, to]) => {
    assert.ok(before.includes(from), `there is no ${from}`)
    return before.replace(from, to)
  }, text)
}

/** The page, and the same as the one for signing in. */
async function assemblePages(folder, lines) {
  await cp(PAGE, folder, { recursive: true })
  await cp(join(PAGE, 'index.html'), join(folder, 'sign-in.html'))
  await writeFile(
    join(folder, 'session.js'),
    lines.replace("'session-warden'", "'/session-warden/esm/index.js'"),
  )
}
