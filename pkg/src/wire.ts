import { epochOf } from './core-snapshot.js'
import { signIn } from './core-tokens.js'
import { endpointOf } from './core-values.js'
import type { Exchange, ExchangePurpose } from './exchange.js'
import { inStyle } from './exchange-styles.js'
import type { Core, CoreOptions } from './glue.js'
import type { AnswerFields, CsrfPurpose, SessionOptions } from './options.js'
import type { Extra } from './send.js'
import { tokensBeside } from './token-headers.js'
import { isUnseen, UNSEEN } from './unseen.js'
import { below } from './web-url.js'

/** The options that no page pays for unless it uses them. */
export type WireOptions = Pick<SessionOptions, 'clientId' | 'csrf' | 'headers'> & { exchange: Exchange }

/** What the wire needs to know of the session. */
export interface WireDeps {
  /** The name of the lock under which cookies are changed. */
  lock: string
  /** What sends requests. Looked up at each request, so that a page can replace the global one. */
  send(): typeof fetch
  /** The access token at hand. */
  accessToken(): string | undefined
  isSignedIn(): boolean
}

/** What the core reads of a response. */
export interface Reply {
  status: number
  headers: Headers
  text(): Promise<string>
  /** Whether a refusal is final (1) or not (0), where the application knows better than its status says. */
  isFinal?: number | undefined
}

/** Speaks with auth servers that want something else than tokens as JSON. */
export interface Wire {
  /** The options for a core that sends by way of this: its endpoints are the names of what it wants. */
  options: CoreOptions
  /** Sends what the core asks for. */
  fetch(purpose: string, init: RequestInit): Promise<Reply>
  /** What a request of the page is to bring along. */
  extra(method: string, accessToken: string | undefined): Extra
  /** The answer to a login that the page has sent by itself, as the core reads it. */
  signedIn(body: unknown, headers: Headers): Promise<object>
  /**
   * Asks who is signed in, where nothing is stored, and tells the core. Never rejects. Absent where nobody can say.
   */
  restore?: (core: Core) => Promise<void>
}

/** Waits for the cookies' turn no longer than this, in milliseconds. */
const TURN_TIMEOUT = 5_000

/** How long the auth server may take to say who is signed in, in milliseconds: `ready` waits for it. */
const RESTORE_TIMEOUT = 4_000

/** Needs no protection against other sites (RFC 9110, section 9.2.1). */
const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS', 'TRACE']

/** These change the cookies: of two at a time it would be left to chance whose answer is the last. */
const CHANGING: readonly string[] = ['login', 'register', 'refresh', 'logout', 'logoutAll', 'changePassword']

/** As an answer of the auth server has it. */
type Answer = Record<string, unknown>

export function createWire(core: CoreOptions, options: WireOptions, deps: WireDeps): Wire {
  const { exchange, csrf, headers: names } = options
  const { baseUrl, endpoints, fields = {} } = core as SessionOptions
  const hasCookies = exchange.style === 'cookie'
  const style = inStyle(options, fields)
  let grants = 0

  function requestFor(purpose: ExchangePurpose, init: RequestInit): { url: string; init: RequestInit } {
    const { refresh_token: refreshToken, ...rest } = (parsed(init.body as string) ?? {}) as Answer
    const authorization = new Headers(init.headers).get('authorization')
    const { url: path, method: verb } = endpointFor(purpose)
    const standard = style(purpose, {
      url: path,
      method: verb,
      headers: authorization === null ? {} : { authorization },
      body: rest,
      accessToken: authorization?.slice('Bearer '.length) ?? deps.accessToken() ?? null,
      refreshToken: (refreshToken as string | undefined) ?? null,
    })
    const { url, method, headers, body } = { ...standard, ...exchange.request?.(purpose, standard) }
    const isForm = body instanceof URLSearchParams
    const hasBody = body !== undefined && method !== 'GET' && method !== 'HEAD'
    return {
      url: below(baseUrl, url),
      init: {
        ...init,
        method,
        headers: {
          accept: 'application/json',
          ...(hasBody && !isForm && { 'content-type': 'application/json' }),
          ...guard(method, csrfPurpose(purpose)),
          ...headers,
        },
        body: hasBody ? (isForm ? body : JSON.stringify(body)) : null,
        ...(hasCookies && { credentials: 'include' }),
      },
    }
  }

  async function ask(purpose: ExchangePurpose, init: RequestInit): Promise<Reply> {
    const request = reported(() => requestFor(purpose, init))
    const response = await deps.send()(request.url, request.init)
    const { status, headers } = response
    const text = await response.text()
    const body = parsed(text)
    if (!response.ok)
      return { status, headers, text: async () => text, isFinal: reported(() => isFinal(status, body)) }
    // A page of HTML is no answer of the auth server's, whatever the cookies are.
    if (text !== '' && body === undefined) return { status, headers, text: async () => text }
    const own = reported(() => read(purpose, status, body, headers))
    const answer = await completed(purpose, own, init)
    return { status, headers, text: async () => JSON.stringify(answer) }
  }

  /** What the answer says, under the names that the core knows. */
  function read(purpose: ExchangePurpose, status: number, body: unknown, headers: Headers): Answer {
    const own = exchange.answer?.(purpose, { status, body, headers })
    if (own) return { ...own }
    const found = (typeof body === 'object' && body !== null ? body : {}) as Answer
    return { ...tokensBeside(name => headers.get(name), names), ...found, ...renamed(found, fields) }
  }

  /** With cookies there are no tokens to be found in it, and perhaps not even their expiry. */
  async function completed(purpose: ExchangePurpose, answer: Answer, init: RequestInit): Promise<Answer> {
    if (!hasCookies || purpose.startsWith('logout') || purpose === 'verify') return answer
    const isTimed = ['expires_in', 'expiresIn', 'expires_at', 'expiresAt'].some(name => answer[name] != null)
    const info = isTimed || purpose === 'tokenInfo' ? undefined : await tokenInfo(init.signal)
    grants += 1
    // The core takes the same token again for one that is no younger.
    const unseen = `${UNSEEN}${Date.now()}-${grants}`
    const tokens = {
      // Some servers show the access token, and keep the refresh token in a cookie.
      access_token: answer.access_token ?? answer.accessToken ?? answer.token ?? unseen,
      refresh_token: UNSEEN,
    }
    return { ...withRoles(info), ...withRoles(answer), ...tokens }
  }

  async function tokenInfo(signal: AbortSignal | null | undefined): Promise<Answer | undefined> {
    if (endpoints?.tokenInfo === undefined) return undefined
    const { url, init } = requestFor('tokenInfo', {
      signal: signal ?? AbortSignal.timeout(RESTORE_TIMEOUT),
      cache: 'no-store',
    })
    const response = await deps.send()(url, init)
    const body = parsed(await response.text())
    return response.ok && body !== undefined
      ? read('tokenInfo', response.status, body, response.headers)
      : undefined
  }

  function endpointFor(purpose: ExchangePurpose): { url: string; method: string } {
    // What says who is signed in says whether somebody is.
    const isMissing = purpose === 'verify' && endpoints?.verify === undefined && hasCookies
    const name = isMissing && endpoints?.tokenInfo !== undefined ? 'tokenInfo' : purpose
    const { url, method } = endpointOf(name, endpoints)
    return { url, method: method ?? (name === 'tokenInfo' ? 'GET' : 'POST') }
  }

  async function restore(core: Core): Promise<void> {
    const epoch = epochOf(core.snapshot())
    try {
      const info = await tokenInfo(undefined)
      if (info !== undefined) await signIn(core, await completed('tokenInfo', info, {}), epoch)
    } catch {
      // Nobody, as far as can be told.
    }
  }

  function isFinal(status: number, body: unknown): number | undefined {
    const word = exchange.isFinal?.(status, body)
    return word === undefined ? undefined : Number(word)
  }

  const guard = (method: string, purpose: CsrfPurpose): Record<string, string> => {
    if (csrf === undefined || SAFE_METHODS.includes(method)) return {}
    if (typeof csrf === 'function') return csrf(purpose)
    const value = cookie(csrf.cookie)
    return value === undefined ? {} : { [csrf.header]: value }
  }

  return {
    options: {
      ...core,
      exchange: exchange.style ?? 'body',
      baseUrl: undefined,
      fields: undefined,
      endpoints: {
        ...Object.fromEntries([...CHANGING, 'verify'].map(name => [name, name])),
        logoutAll: endpoints?.logoutAll && 'logoutAll',
      },
    },

    fetch(name, init) {
      const purpose = name as ExchangePurpose
      if (!hasCookies || !CHANGING.includes(name)) return ask(purpose, init)
      return inTurn(deps.lock, async () =>
        // By now the cookies are those of who has signed in since.
        name.startsWith('logout') && deps.isSignedIn() ? NOTHING_SENT : ask(purpose, init),
      )
    },

    extra(method, accessToken) {
      const isSeen = accessToken !== undefined && !isUnseen(accessToken)
      return {
        headers: {
          ...guard(method, 'request'),
          ...(isSeen && { authorization: `Bearer ${accessToken}` }),
        },
        withCredentials: hasCookies,
      }
    },

    signedIn: (body, headers) => completed('login', read('login', 200, body, headers), {}),

    ...(hasCookies && endpoints?.tokenInfo !== undefined && { restore }),
  }
}

const NOTHING_SENT: Reply = { status: 204, headers: new Headers(), text: async () => '' }

/** One after the other, in all tabs; but rather at the same time than not at all. */
async function inTurn<T>(lock: string, work: () => Promise<T>): Promise<T> {
  let isMine = false
  try {
    return (await navigator.locks.request(lock, { signal: AbortSignal.timeout(TURN_TIMEOUT) }, () => {
      isMine = true
      return work()
    })) as T
  } catch (reason) {
    if (isMine) throw reason
    return work()
  }
}

/** To the core a function of the application's that throws is a request that failed: its author has to hear of it. */
function reported<T>(ask: () => T): T {
  try {
    return ask()
  } catch (error) {
    if (typeof reportError === 'function') reportError(error)
    throw error
  }
}

const csrfPurpose = (purpose: ExchangePurpose): CsrfPurpose =>
  purpose === 'refresh' ? 'refresh' : purpose.startsWith('logout') ? 'logout' : 'request'

/** The members that bear other names, under the usual ones. */
function renamed(answer: Answer, fields: AnswerFields): Answer {
  const usual = {
    access_token: fields.accessToken,
    refresh_token: fields.refreshToken,
    expires_in: fields.expiresIn,
    expires_at: fields.expiresAt,
    user: fields.user,
  }
  return Object.fromEntries(
    Object.entries(usual)
      .filter(([, name]) => name !== undefined)
      .map(([usualName, name]) => [usualName, answer[name as string]]),
  )
}

/** Where no claims can be read, the roles beside the user are all that tells of them. */
function withRoles(answer: Answer | undefined): Answer {
  const { roles, user } = answer ?? {}
  return roles === undefined || typeof user !== 'object'
    ? { ...answer }
    : { ...answer, user: { roles, ...user } }
}

function cookie(name: string): string | undefined {
  const found = document.cookie.split('; ').find(entry => entry.startsWith(`${name}=`))
  return found?.slice(name.length + 1)
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return undefined
  }
}
