import assert from 'node:assert/strict'
import test, { after } from 'node:test'
import { eventually } from '../e2e/support/eventually.mjs'
import { World } from '../e2e/support/world.mjs'
import { DjangoProject } from './support/django.mjs'
import { signedInTabs, testSession } from './support/session-tests.mjs'

const project = await DjangoProject.create(['ada', 'grace'])
after(() => project.remove())

testSession('Simple JWT', openDjango)

test('Simple JWT: another user who signs in in one tab is known as another in all of them', async t => {
  const backend = await openDjango(t)
  const [here, there] = await signedInTabs(backend, 2)
  await here.evaluate(() =>
    globalThis.demoSession.login({ username: 'grace', password: 'correct horse battery' }).then(() => {}),
  )
  for (const tab of [here, there]) {
    await eventually(async () => assert.ok((await tab.events()).includes('user-changed')))
    assert.equal(
      await tab.evaluate(
        async () => (await (await globalThis.demoSession.fetch('/api/me/')).json()).username,
      ),
      'grace',
    )
  }
})

test('Simple JWT: a wrong password is an error of the sign-in', async t => {
  const { world } = await openDjango(t)
  const tab = await world.open()
  await tab.signIn('log-in', 'ada', 'wrong')
  await eventually(async () => assert.match(await tab.text('failure'), /401/))
  await tab.shows('unauthenticated')
})

async function openDjango(t, accessSeconds) {
  const server = await project.server(accessSeconds)
  const world = await World.create(t, server)
  const { traffic } = world
  const granted = () => [...traffic.grants('/api/token/'), ...traffic.grants('/api/token/refresh/')]
  return {
    world,
    signIn: tab => tab.signIn('log-in', 'ada'),
    call: tab => tab.evaluate(async () => (await globalThis.demoSession.fetch('/api/me/')).status),
    async callWith(accessToken) {
      const headers = { authorization: `Bearer ${accessToken}` }
      return (await fetch(`${server.url}/api/me/`, { headers })).status
    },
    calls: () => traffic.statuses('/api/me/'),
    refreshTokens: () => granted().map(({ refresh }) => refresh),
    refreshes: () => traffic.statuses('/api/token/refresh/'),
    logouts: () => traffic.statuses('/api/token/blacklist/'),
    async present(refresh) {
      const answer = await server.post('/api/token/refresh/', { refresh })
      return [answer.status, (await answer.json()).code]
    },
    refusal: [401, 'token_not_valid'],
    async revoke(refresh) {
      assert.equal((await server.post('/api/token/blacklist/', { refresh })).status, 200)
    },
  }
}
