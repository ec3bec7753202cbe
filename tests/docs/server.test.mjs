// What server/README.md and SECURITY.md say of the reference server, with the server.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { SERVER } from '../e2e/support/environment.mjs'
import { AuthServer } from '../e2e/support/server.mjs'
import { pageAt, ROOT } from './support/pages.mjs'

const run = promisify(execFile)

let folder
let server

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'session-warden-docs-'))
  await mkdir(join(folder, 'site'))
  await writeFile(join(folder, 'site/index.html'), '<!doctype html><title>page</title>')
  server = new AuthServer(folder)
  await server.start()
})

after(async () => {
  await server?.kill()
  await rm(folder, { recursive: true })
})

/** The block of a page that begins with `start`. */
function block(path, start) {
  const found = pageAt(path).blocks.filter(({ text }) => text.startsWith(start))
  assert.equal(found.length, 1, `${path} has ${found.length} blocks that begin with ${start}`)
  return found[0].text
}

test('a session by hand, as server/README.md has it', async () => {
  const script = block('server/README.md', 'url=').replace(/^url=.*$/m, `url=${server.url}`)
  // Bash takes Node's pipes for those of a remote shell, and would read its start-up file first.
  const { stdout, stderr } = await run('bash', ['--norc', '-euc', script])
  assert.equal(stderr, '')
  // The server ends no answer with a line of its own.
  const [registered, me, added, listed, verified, refreshed, again, status] = stdout
    .split(/(?<=})(?={|\d)/)
    .map(text => JSON.parse(text))
  assert.equal(registered.token_type, 'bearer')
  assert.equal(me.email, 'ada@example.com')
  assert.equal(added.title, 'Opera')
  assert.deepEqual(listed.items, [added])
  assert.equal(verified.valid, true)
  assert.equal(refreshed.expires_in, 1800)
  assert.equal(again.error, 'invalid_grant')
  assert.equal(status, 204)
})

test('a profile that is wrong, as server/README.md has it', async () => {
  const said = block('server/README.md', 'mine.toml')
  const [, line, value] = said.match(/^mine\.toml:(\d+): `tokens\.access_ttl`: `(\w+)`/)
  const profile = await readFile(join(ROOT, 'server/profiles/event-booking.toml'), 'utf8')
  const wrong = profile.replace(/^access_ttl = ".*$/m, `access_ttl = "${value}"`)
  assert.equal(
    wrong.split('\n').findIndex(text => text.startsWith(`access_ttl = "${value}"`)) + 1,
    Number(line),
  )
  await writeFile(join(folder, 'mine.toml'), wrong)
  const args = ['--database', ':memory:', '--listen', '127.0.0.1:0', '--profile', 'mine.toml']
  const { code, stderr } = await run(SERVER, args, { cwd: folder }).catch(error => error)
  assert.notEqual(code, undefined)
  assert.ok(stderr.includes(said.trim()), stderr)
})

test('the policy in SECURITY.md is the one that the server’s pages have', async () => {
  const policy = block('SECURITY.md', 'default-src').trim().replace(/\s+/g, ' ')
  const { headers } = await fetch(server.url)
  assert.equal(headers.get('content-security-policy'), policy)
})
