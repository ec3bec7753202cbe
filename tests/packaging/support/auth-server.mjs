import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AuthServer } from '../../e2e/support/server.mjs'
import { PASSWORD } from '../../e2e/support/tab.mjs'

/** Of the one account that there is. */
export const CREDENTIALS = { email: 'ada@example.com', password: PASSWORD }

/** The reference server, with an account of these `CREDENTIALS`, until the test `t` ends. */
export async function startAuthServer(t, options) {
  const folder = await mkdtemp(join(tmpdir(), 'session-warden-packaging-'))
  await mkdir(join(folder, 'site'))
  const server = new AuthServer(folder, options)
  t.after(async () => {
    await server.kill()
    await rm(folder, { recursive: true, force: true })
  })
  await server.start()
  const { status } = await server.post('/register', CREDENTIALS)
  if (status >= 300) throw new Error(`the registration was answered with ${status}`)
  return server
}
