import { endpointOf } from './core-values.js'
import type { CoreOptions } from './glue.js'
import type { SessionOptions } from './options.js'
import { below } from './web-url.js'

/**
 * Tells the requests that sign somebody in, so that a page can go on to send them by itself. Looked up when it is
 * asked: a page may move its base.
 */
export function signInUrls(options: CoreOptions): (url: URL, method: string) => boolean {
  const { endpoints, baseUrl } = options as SessionOptions
  return ({ origin, pathname }, method) =>
    (['login', 'register'] as const).some(name => {
      const endpoint = endpointOf(name, endpoints)
      const url = new URL(below(baseUrl, endpoint.url), document.baseURI)
      return (
        method === (endpoint.method ?? 'POST').toUpperCase() &&
        url.origin === origin &&
        url.pathname === pathname
      )
    })
}
