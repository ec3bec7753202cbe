import assert from 'node:assert/strict'
import { test } from 'node:test'
import { installApplication } from './support/application.mjs'
import { CREDENTIALS, startAuthServer } from './support/auth-server.mjs'
import { modernNode } from './support/node-versions.mjs'
import { freePort, Tool } from './support/tool.mjs'

let installing
const installed = () => (installing ??= installApplication('vitest'))

for (const [project, name] of [
  ['node', 'Vitest 5 in Node.js'],
  ['jsdom', 'Vitest 5 in jsdom'],
  ['browser', 'Vitest 5 in a browser'],
]) {
  test(name, async t => {
    const node = await modernNode()
    if (node === null) return t.skip('it needs a newer Node.js')
    const port = await freePort()
    const auth = await startAuthServer(t, { origins: [`http://localhost:${port}`] })
    const said = await Tool.run(await installed(), ['vitest', 'run', '--project', project], {
      node,
      env: {
        PORT: port,
        VITE_AUTH_SERVER: auth.url,
        VITE_EMAIL: CREDENTIALS.email,
        VITE_PASSWORD: CREDENTIALS.password,
      },
    })
    assert.ok(
      said.some(line => /^\s*Tests\s+1 passed/.test(line)),
      said.join('\n'),
    )
  })
}
