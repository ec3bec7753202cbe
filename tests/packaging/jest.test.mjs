import assert from 'node:assert/strict'
import { test } from 'node:test'
import { installApplication } from './support/application.mjs'
import { CREDENTIALS } from './support/auth-server.mjs'
import { shared } from './support/shared.mjs'
import { Tool } from './support/tool.mjs'

let installing
const installed = () => (installing ??= installApplication('jest'))

for (const [name, environment] of [
  ['Jest 30 in Node.js', 'node'],
  ['Jest 30 in jsdom, by jest-fixed-jsdom', 'jest-fixed-jsdom'],
  ['Jest 30 in jsdom as it comes, where no session can start', 'jest-environment-jsdom'],
]) {
  test(name, async () => {
    const { email, password } = CREDENTIALS
    const said = await Tool.run(await installed(), ['jest', '--env', environment, '--no-cache'], {
      env: { AUTH_SERVER: shared.auth.url, EMAIL: email, PASSWORD: password },
    })
    assert.ok(
      said.some(line => /^Tests: .* 1 passed/.test(line)),
      said.join('\n'),
    )
  })
}
