import axios, {
  type AxiosAdapter,
  type AxiosRequestConfig,
  type AxiosResponse,
  type InternalAxiosRequestConfig,
} from 'axios'
import type { Extra, Incoming, Outgoing, Send } from './send.js'

type Adapter = AxiosRequestConfig['adapter']

/** How a sending has ended. Where `validateStatus` refuses the status axios rejects, but that is an answer as well. */
interface Outcome {
  response: AxiosResponse
  /** What to reject with. */
  error?: unknown
}

/**
 * An adapter that sends by way of `send` and then `adapter`. Here, and not in an interceptor, because here a request
 * can be sent again without going through the transforms and the interceptors a second time.
 */
export function throughSession(adapter: Adapter, send: Send, isRetried: boolean): AxiosAdapter {
  if (typeof adapter === 'function' && sends.get(adapter) === send) return adapter
  const wrapped: AxiosAdapter = async config => {
    // A config may be used again, after `detach` as well: it has to find its way here by itself.
    config.adapter = adapter as NonNullable<Adapter>
    const cancellation = cancellationOf(config)
    try {
      const { response, error } = await send(capture(config, isRetried, cancellation?.signal))
      if (error !== undefined) throw error
      return response
    } finally {
      cancellation?.forget()
    }
  }
  sends.set(wrapped, send)
  return wrapped
}

/** By way of what the adapters here send: a login would be taken up twice, and a 401 retried again for each retry. */
const sends = new WeakMap<AxiosAdapter, Send>()

/** Gives the URL of a config to the letter: an instance of its own would add its defaults. */
const resolver = new axios.Axios({})

function capture(
  config: InternalAxiosRequestConfig,
  isRetried: boolean,
  signal: AbortSignal | undefined,
): Outgoing<Outcome> {
  const { adapter, auth, env, headers } = config
  const url = new URL(resolver.getUri(config), globalThis.document?.baseURI)
  const plain = axios.getAdapter(adapter, { ...config, env: { ...env, fetch: noting(env?.fetch) } })
  // What is looked at and what is sent to must be one URL, even if the page's base changes in between. An adapter of
  // the application's own, such as a mock, goes by the parts.
  const target = typeof adapter === 'function' ? {} : { url: url.href, baseURL: undefined, params: undefined }
  const frozen = { ...config, ...target, data: copyOf(config.data) } as InternalAxiosRequestConfig
  return {
    url,
    method: (config.method ?? 'get').toUpperCase(),
    signal,
    // `false` is how axios is told not to send a header.
    isAuthorized: auth != null || headers.get('authorization') != null,
    isReplayable: kindOf(config.data) !== 'ReadableStream',
    isOnce: !isRetried,
    send: extra => sendOnce(plain, put(extra, frozen), config),
    look,
  }
}

/**
 * Sends a `copy` of `config` and lets go of it: the copy holds a token, which is not to be found in what applications
 * log, and adapters write into headers what a second sending must not find there.
 */
async function sendOnce(
  plain: AxiosAdapter,
  copy: InternalAxiosRequestConfig,
  config: InternalAxiosRequestConfig,
): Promise<Outcome> {
  const restore = (holder: { config?: AxiosRequestConfig }) => {
    if (holder.config === copy) holder.config = config
  }
  try {
    const response = await plain(copy)
    restore(response)
    return { response }
  } catch (error) {
    if (typeof error !== 'object' || error === null) throw error
    restore(error)
    const { response } = error as Partial<Outcome>
    if (response === undefined) throw error
    restore(response)
    return { response, error }
  }
}

function put(
  { headers, withCredentials }: Extra,
  config: InternalAxiosRequestConfig,
): InternalAxiosRequestConfig {
  return {
    ...config,
    headers: config.headers.concat(headers) as InternalAxiosRequestConfig['headers'],
    ...(withCredentials && { withCredentials: config.withCredentials ?? true }),
  }
}

/** What the caller does to a body after the call must not show in a later sending. */
function copyOf(data: unknown): unknown {
  switch (kindOf(data)) {
    case 'FormData': {
      const copy = new FormData()
      for (const [name, value] of data as FormData) copy.append(name, value)
      return copy
    }
    case 'URLSearchParams':
      return new URLSearchParams(data as URLSearchParams)
    case 'ArrayBuffer':
      return (data as ArrayBuffer).slice(0)
    case 'Uint8Array':
      return (data as Uint8Array).slice()
    default:
      return data
  }
}

function look({ response }: Outcome): Incoming {
  const { data, request, status } = response
  const headers = axios.AxiosHeaders.from(response.headers as never)
  // axios with `fetch`, before it could be told what to fetch with, hides where an answer is from.
  const isFromWhoKnowsWhere = kindOf(request) === 'Request' && !redirects.has(request)
  return {
    status,
    redirectedTo: redirects.get(request) ?? (request?.responseURL || undefined),
    header(name) {
      const value = isFromWhoKnowsWhere ? null : headers.get(name)
      return value == null ? null : String(value)
    },
    headers: () => new Headers(headers.toJSON(true) as Record<string, string>),
    json: () => jsonOf(data).catch(() => undefined),
    discard: () => void Promise.resolve(data?.cancel?.()).catch(() => {}),
  }
}

/** The body as an adapter leaves it; one of the application's own may have read it already. */
async function jsonOf(data: unknown): Promise<unknown> {
  const kind = kindOf(data)
  const text = kind === 'Blob' || kind === 'ArrayBuffer' ? await new Response(data as Blob).text() : data
  return typeof text === 'string' ? JSON.parse(text) : text
}

/** Where requests were redirected to, if anywhere. */
const redirects = new WeakMap<Request, string | undefined>()

const notingFetches = new WeakMap<object, typeof fetch>()

/** `own`, or the global `fetch`, taking down redirects. The same for the same, since axios makes an adapter for each. */
function noting(own: NonNullable<AxiosRequestConfig['env']>['fetch']): typeof fetch {
  const key = own ?? globalThis
  const known = notingFetches.get(key)
  if (known !== undefined) return known
  const note: typeof fetch = async (input, init) => {
    const response = await (own ?? fetch)(input, init)
    if (kindOf(input) === 'Request')
      redirects.set(input as Request, response.redirected ? response.url : undefined)
    return response
  }
  notingFetches.set(key, note)
  return note
}

interface Cancellation {
  signal: AbortSignal
  /** Lets go of what the caller has given, which may live for long. */
  forget(): void
}

/** Both ways that axios has to cancel a request, as one. With what reason does not matter: axios puts in its own. */
function cancellationOf({ signal, cancelToken }: InternalAxiosRequestConfig): Cancellation | undefined {
  if (signal === undefined && cancelToken === undefined) return undefined
  if (signal instanceof AbortSignal && cancelToken === undefined) return { signal, forget() {} }
  const controller = new AbortController()
  const abort = () => controller.abort()
  signal?.addEventListener?.('abort', abort)
  cancelToken?.subscribe(abort)
  return {
    signal: controller.signal,
    forget() {
      signal?.removeEventListener?.('abort', abort)
      cancelToken?.unsubscribe(abort)
    },
  }
}

/** Its class by name, since instances may be from another frame and not every environment has every class. */
function kindOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice('[object '.length, -1)
}
