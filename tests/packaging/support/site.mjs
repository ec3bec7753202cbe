import { once } from 'node:events'
import { createServer } from 'node:http'
import { createProxyServer } from 'httpxy'
import sirv from 'sirv'
import { shared } from './shared.mjs'

/** Where the reference server answers; everything else is the page's. */
const AUTH = ['/register', '/login', '/refresh', '/logout', '/verify', '/my-bookings']

/** A site with the files of a `folder` under a `policy`, and with the auth server that the tests share. */
export function serveFolder(t, folder, policy = () => undefined) {
  const serve = sirv(folder, {
    dev: true,
    setHeaders(response) {
      if (policy() !== undefined) response.setHeader('content-security-policy', policy())
    },
  })
  return listen(t, { serve })
}

/** The same with what a server of pages answers, at a port of this machine. Its sockets are passed on as well. */
export function serveBehind(t, port) {
  const target = `http://localhost:${port}`
  return listen(t, {
    serve: (request, response) => pass(request, response, target),
    // A page asks for its socket until it is closed, which may be after its server has ended.
    upgrade: (request, socket, head) =>
      proxy.ws(request, socket, { target }, head).catch(() => socket.destroy()),
  })
}

const proxy = createProxyServer({})

/** What cannot be passed on is a request that fails, for the page to complain of. */
function pass(request, response, target) {
  return proxy.web(request, response, { target }).catch(() => response.destroy())
}

async function listen(t, { serve, upgrade }) {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://site.invalid')
    // Browsers ask for one of their own accord, and complain where there is none.
    if (pathname === '/favicon.ico') return response.writeHead(204).end()
    const isAsked = AUTH.includes(pathname) && (request.method === 'POST' || pathname === '/my-bookings')
    if (isAsked) pass(request, response, shared.auth.url)
    else serve(request, response)
  })
  if (upgrade !== undefined) server.on('upgrade', upgrade)
  await once(server.listen(0, 'localhost'), 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://localhost:${server.address().port}/`
}
