import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { tokenOf } from './token.js'

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm' }

/** The strictest policy under which the package has to work. */
const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"

/**
 * A site for a browser: the files of each folder under its path, and an auth server that takes every login. Returns
 * its address and what stops it.
 */
export async function openSite(folders) {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://site.invalid')
    if (request.method === 'POST') return answer(response, pathname)
    const prefix = Object.keys(folders).find(path => pathname.startsWith(path))
    const file = prefix && join(folders[prefix], normalize(pathname.slice(prefix.length)))
    try {
      const content = await readFile(file)
      response.setHeader('content-type', TYPES[extname(file)])
      response.setHeader('content-security-policy', POLICY)
      response.end(content)
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    href: `http://127.0.0.1:${server.address().port}`,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** What the auth server answers to a login. */
export const ANSWER = {
  access_token: tokenOf({ sub: '7', name: 'Zoë 李' }),
  refresh_token: 'opaque',
  expires_in: 900,
  user: { id: '7', name: 'Zoë 李' },
}

/** What it answers to a refresh. */
export const REFRESHED = { ...ANSWER, access_token: tokenOf({ sub: '7', name: 'Zoë 李', renewed: true }) }

const ANSWERS = { '/login': ANSWER, '/refresh': REFRESHED, '/logout': {} }

function answer(response, pathname) {
  response.writeHead(pathname in ANSWERS ? 200 : 404, { 'content-type': 'application/json' })
  response.end(JSON.stringify(ANSWERS[pathname] ?? {}))
}
