import { once } from 'node:events'
import { createServer } from 'node:http'

/** A server that publishes the JWK Set `keys`, for as long as the test `t` lasts. */
export async function openKeyServer(t, keys) {
  const server = { keys, requests: 0, answer }

  /** What is answered; a test may put another function in its place. */
  function answer(response) {
    response.setHeader('content-type', 'application/json')
    // As some servers do, whatever they rotate.
    response.setHeader('cache-control', 'max-age=86400')
    response.end(JSON.stringify({ keys: server.keys }))
  }

  const http = createServer((_, response) => {
    server.requests += 1
    server.answer(response)
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  server.close = async () => {
    const closed = once(http, 'close')
    http.close()
    http.closeAllConnections()
    await closed
  }
  t.after(() => http.listening && server.close())
  server.url = `http://127.0.0.1:${http.address().port}/.well-known/jwks.json`
  return server
}
