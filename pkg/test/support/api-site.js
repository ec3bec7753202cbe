import { createServer } from 'node:http'

/**
 * A site with an auth server and an API, for pages that send requests by whatever means. What is under `/api/` wants the
 * token of the latest refresh; `/open/` wants none. `files` are texts by their paths.
 */
export async function openApiSite(files = {}) {
  const site = {
    href: '',
    /** For what else it is to serve, such as sockets. */
    server: undefined,
    /** Who signs in. */
    user: { id: '7' },
    accepts: token => accepted !== undefined && token === accepted,
    /** What the API was sent, in order. */
    sent: [],
    refreshes: 0,
    /** Whether refreshes wait; set to false, it lets them go on. */
    set held(isHeld) {
      if (!isHeld) release()
      gate = isHeld ? new Promise(resolve => (release = resolve)) : undefined
    },
    /** What answers `/refresh`, or a path under `/api/` or `/open/` in place of an echo: (request, response, body). */
    answers: {},
    /** Refuses every token but those of the next refresh. */
    expire() {
      accepted = undefined
    },
    /** Sees to it that nothing of an earlier test is left. */
    reset() {
      site.held = false
      site.sent = []
      site.refreshes = 0
      site.answers = {}
      accepted = undefined
    },
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
  let gate
  let release = () => {}
  let accepted
  let grants = 0

  const grant = response => {
    grants += 1
    accepted = `access-${grants}`
    sendJson(response, 200, {
      access_token: accepted,
      refresh_token: `refresh-${grants}`,
      expires_in: 900,
      user: site.user,
    })
  }

  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray())
    const { pathname } = new URL(request.url, 'http://site.invalid')
    if (pathname in files) {
      response.setHeader('content-type', pathname.endsWith('.js') ? 'text/javascript' : 'text/html')
      return response.end(files[pathname])
    }
    if (pathname === '/login') {
      const { password } = JSON.parse(body.toString() || '{}')
      return password === 'wrong' ? sendJson(response, 401, {}) : grant(response)
    }
    if (pathname === '/refresh') {
      site.refreshes += 1
      await gate
      return (site.answers['/refresh'] ?? ((_, response) => grant(response)))(request, response)
    }
    // Browsers ask for a picture of their own accord.
    if (!/^\/(api|open)\//.test(pathname)) return response.writeHead(404).end()
    const { method, url, headers } = request
    site.sent.push({ method, url, headers, body })
    if (pathname.startsWith('/api/') && !site.accepts(headers.authorization?.slice('Bearer '.length)))
      return sendJson(response, 401, { error: 'unauthorized' })
    if (pathname in site.answers) return site.answers[pathname](request, response, body)
    sendJson(response, 200, { method, url })
  })
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  site.server = server
  site.href = `http://127.0.0.1:${server.address().port}`
  return site
}

export function sendJson(response, status, value) {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(value))
}
