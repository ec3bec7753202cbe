import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Provider from 'oidc-provider'
import sirv from 'sirv'
import { Gate } from '../../e2e/support/gate.mjs'
import { PASSWORD } from '../../e2e/support/tab.mjs'
import { World } from '../../e2e/support/world.mjs'
import { documented } from './document.mjs'
import { assemblePage } from './page.mjs'

const SECTION = 'An OpenID or OAuth provider'
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const LIBRARIES = ['oidc-client-ts', 'jwt-decode']

/**
 * oidc-provider and a page on another origin until the test `t` ends, with access tokens that live for so many seconds:
 * the page in a browser, what it asks of the provider, and the provider's address, for it and apart from it.
 */
export async function openProvider(t, accessSeconds) {
  const folder = await mkdtemp(join(tmpdir(), 'session-warden-openid-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const [provider, page] = [await listen(t), await listen(t)]
  const world = await World.create(t, page)
  const traffic = await Gate.open(t, provider, { offset: 0, stoppedAt: null }, [])

  const file = name =>
    documented(SECTION, name)
      .replaceAll('https://id.example.com', traffic.url)
      .replaceAll('https://app.example.com', world.traffic.url)
  await assemblePage(
    folder,
    Object.fromEntries(['session.js', 'sign-in.js'].map(name => [name, file(name)])),
    LIBRARIES.map(name => fileURLToPath(new URL(`../node_modules/${name}`, import.meta.url))),
  )
  page.serve(sirv(folder, { dev: true }))

  const { configuration } = await import(
    `data:text/javascript,${encodeURIComponent(file('configuration.js'))}`
  )
  if (accessSeconds !== undefined) configuration.ttl.AccessToken = accessSeconds
  provider.serve(serveProvider(traffic.url, configuration))
  return { world, traffic, issuer: traffic.url, url: provider.url }
}

/** A server that is told later what it serves: its address is needed for that. */
async function listen(t) {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    serve: handler => server.on('request', handler),
  }
}

/** The provider as documented, with what each provider has of its own: keys, accounts and a sign-in page. */
function serveProvider(issuer, configuration) {
  const provider = new Provider(issuer, {
    ...configuration,
    // Else what has expired is still good for 15 s.
    clockTolerance: 0,
    // Cookies know no ports: those of an earlier test's provider must not count.
    cookies: { keys: [randomBytes(32).toString('hex')] },
    jwks: { keys: [privateKey.export({ format: 'jwk' })] },
    findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
    interactions: { url: (_, { uid }) => `/sign-in/${uid}` },
  })
  const serve = provider.callback()
  return (request, response) =>
    request.url.startsWith('/sign-in/') ? askUser(provider, request, response) : serve(request, response)
}

const FORM = `<!doctype html>
<title>Sign in</title>
<link rel="icon" href="data:,">
<form method="post">
  <input data-testid="email" name="email">
  <input data-testid="password" name="password" type="password">
  <button data-testid="log-in">Sign in, and let the application keep me signed in</button>
</form>`

async function askUser(provider, request, response) {
  if (request.method === 'GET') return response.setHeader('content-type', 'text/html').end(FORM)
  const answer = new URLSearchParams(Buffer.concat(await request.toArray()).toString())
  if (answer.get('password') !== PASSWORD) return response.writeHead(401).end()
  const { params } = await provider.interactionDetails(request, response)
  const accountId = answer.get('email')
  const grant = new provider.Grant({ accountId, clientId: params.client_id })
  grant.addOIDCScope(params.scope)
  const result = { login: { accountId }, consent: { grantId: await grant.save() } }
  await provider.interactionFinished(request, response, result)
}
