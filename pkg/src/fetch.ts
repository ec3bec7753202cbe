import type { Extra, Incoming, Outgoing, Send } from './send.js'

type FetchRequest = Outgoing<Response>

/** A drop-in `fetch` that sends by way of `send`. `plain` is what sends in the end, looked up at each request. */
export function createFetch(send: Send, plain: () => typeof fetch): typeof fetch {
  return async (input, init) => send(capture(input, init, plain()))
}

/**
 * Takes everything down before the first wait: what the caller does to a body or to headers after the call must show
 * in neither sending, as it does not with the plain `fetch`.
 */
function capture(input: RequestInfo | URL, init: RequestInit | undefined, plain: typeof fetch): FetchRequest {
  if (typeof input !== 'string' && !(input instanceof URL))
    return captureRequest(new Request(input, init), plain)
  // What is looked at and what is sent to must be one URL, even if the page's base changes in between.
  const url = new URL(input, document.baseURI)
  const body = init?.body
  // Most requests have no body or a string, and need no Request and no clone.
  if (body == null || typeof body === 'string') return captureInit(url, init, plain, true)
  // To keep a stream for the retry would be to keep all of it in memory.
  if (body instanceof ReadableStream) return captureInit(url, init, plain, false)
  return captureRequest(new Request(url, init), plain)
}

function captureInit(
  url: URL,
  init: RequestInit | undefined,
  plain: typeof fetch,
  isReplayable: boolean,
): FetchRequest {
  const headers = new Headers(init?.headers)
  const frozen = { ...init, headers }
  return {
    url,
    method: (init?.method ?? 'GET').toUpperCase(),
    signal: init?.signal,
    isAuthorized: headers.has('authorization'),
    isReplayable,
    send(extra) {
      put(extra, headers)
      return plain(url.href, extra.withCredentials ? { credentials: 'include', ...frozen } : frozen)
    },
    look,
  }
}

function captureRequest(request: Request, plain: typeof fetch): FetchRequest {
  const { headers, method, signal } = request
  const spares = [request.clone(), request]
  return {
    url: new URL(request.url),
    method,
    signal,
    isAuthorized: headers.has('authorization'),
    isReplayable: true,
    send(extra) {
      const next = spares.pop() as Request
      put(extra, next.headers)
      return extra.withCredentials ? plain(next, { credentials: 'include' }) : plain(next)
    },
    look,
  }
}

function put(extra: Extra, headers: Headers): void {
  for (const [name, value] of Object.entries(extra.headers)) headers.set(name, value)
}

function look(response: Response): Incoming {
  return {
    status: response.status,
    redirectedTo: response.redirected ? response.url : undefined,
    header: name => response.headers.get(name),
    headers: () => response.headers,
    json: () =>
      response
        .clone()
        .json()
        .catch(() => undefined),
    // An unread body keeps its connection; one that cannot be cancelled does not matter here.
    discard: () => void response.body?.cancel().catch(() => {}),
  }
}
