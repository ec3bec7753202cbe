import { unlessAborted } from './abort.js'
import type { Claims, User } from './claims.js'
import { answered, tokenAnswered } from './core-answer.js'
import { errorFromCore, tokenErrorFromCore } from './core-error.js'
import { isRemembered, rotate, setTokens } from './core-tokens.js'
import { within } from './deadline.js'
import { CookieTransportError, DisposedError, isSessionError } from './errors.js'
import type { SessionEvents } from './events.js'
import { createFetch } from './fetch.js'
import type { Core, CoreToken } from './glue.js'
import { checkListener, Listeners } from './listeners.js'
import { createLog } from './log.js'
import { logEvent } from './log-event.js'
import { leaveForLogin } from './login-page.js'
import type { ParsedOptions } from './parse-options.js'
import { usualRoles } from './roles.js'
import { createSend, type Extra, SEND, type Sending } from './send.js'
import type { LoginOptions, LogoutOptions, Session, TokenSet } from './session.js'
import { type CoreClient, SharedCore } from './shared-core.js'
import { signInUrls } from './sign-in-urls.js'
import type { SessionSnapshot } from './snapshot.js'
import { tokensBeside } from './token-headers.js'
import { isUnseen, UNSEEN } from './unseen.js'
import type { Wire } from './wire.js'

/** `ready` settles by then, in milliseconds, however slow the network is. */
const READY_TIMEOUT = 5_000

// The core's numbers for endpoints that are answered with tokens.
const LOGIN = 0
const REGISTER = 1
const CHANGE_PASSWORD = 2

/** A core that traps says the one at once and the other from then on: nobody else disposes of it. */
const BREAKDOWNS: readonly string[] = ['internal', 'disposed']

/** The session of a page: the shared core, with this page's listeners, roles, origins and login page. */
export function createLiveSession<U = User, C = Claims>({
  core: coreOptions,
  page,
  wire,
}: ParsedOptions<U, C>): Omit<Session<U, C>, typeof Symbol.dispose> & Sending {
  type Snapshot = SessionSnapshot<U, C>

  const log = createLog(page.logLevel ?? 'error', page.logger)
  const listeners = new Listeners(reportListenerError)
  const client: CoreClient = { onEvent, log }
  const { wasm, adapter } = page
  const acquire = () =>
    SharedCore.acquire({ options: coreOptions, wasm, send: plainFetch, adapter, wire }, client)
  let shared = acquire()
  const globalFetch = globalThis.fetch
  let lastSnapshot: Snapshot | null = null
  let goodbye: Promise<void> = Promise.resolve()

  /** A page may have put `session.fetch` in the place of the global one. */
  function plainFetch(): typeof fetch {
    return page.fetch ?? (fetch === sessionFetch ? globalFetch : fetch)
  }

  function getSnapshot(): Snapshot {
    return lastSnapshot ?? (shared.snapshot() as Snapshot)
  }

  function onEvent(name: string, payload: object): void {
    logEvent(log, name, payload)
    listeners.emit(name, () => (name === 'change' ? getSnapshot() : payload))
    // A listener may just have disposed of the session.
    if (name === 'end' && lastSnapshot === null) onEnd(payload as SessionEvents['end'])
  }

  function onEnd({ reason }: SessionEvents['end']): void {
    try {
      page.onEnd?.(reason)
    } catch (error) {
      reportListenerError(error)
    }
    if (page.loginUrl !== undefined) void leave(page.loginUrl)
  }

  async function leave(loginUrl: string): Promise<void> {
    // The end may be heard of inside `logout`, before that has said what there is to wait for.
    await null
    // Leaving at once could cut off the request that tells the server of the logout.
    await goodbye
    leaveForLogin(loginUrl)
  }

  function reportListenerError(error: unknown): void {
    if (typeof reportError === 'function') reportError(error)
    else log('error', 'a listener failed', error)
  }

  /**
   * Runs `use` on the core as soon as that is there, and turns what goes wrong into typed errors. A core that breaks down
   * is replaced, once: the session is in the stores, and goes on with the next.
   */
  async function withCore<T>(
    use: (core: Core) => Promise<T>,
    toError = errorFromCore,
    isFirst = true,
  ): Promise<T> {
    const used = shared
    try {
      const core = lastSnapshot === null && (used.core ?? (await used.started))
      if (!core || lastSnapshot !== null) throw new DisposedError()
      return await use(core)
    } catch (reason) {
      const error = toError(reason)
      if (lastSnapshot !== null || !isFirst || !BREAKDOWNS.includes(error.code)) throw error
    }
    // The first to notice sees to it.
    if (shared === used) {
      used.abandon(client)
      shared = acquire()
    }
    return withCore(use, toError, false)
  }

  async function thenSnapshot(
    use: (core: Core) => Promise<unknown>,
    toError = errorFromCore,
  ): Promise<Snapshot> {
    await withCore(use, toError)
    return getSnapshot()
  }

  const authenticate = (endpoint: number, body: unknown, options?: LoginOptions) =>
    thenSnapshot(core => answered(settle => core.authenticate(endpoint, body, isRemembered(options), settle)))

  /** The core, for what does nothing before it is there or after the session is gone. */
  const coreNow = () => (lastSnapshot === null ? shared.core : null)

  const freshToken = () => (lastSnapshot === null ? shared.freshToken() : null)

  const askToken = () => withCore(core => shared.token(core), tokenErrorFromCore)

  async function getAccessToken(options?: { signal?: AbortSignal }): Promise<string | null> {
    options?.signal?.throwIfAborted()
    const fresh = freshToken()
    if (fresh !== null) return seenOf(fresh)
    try {
      return seenOf(await unlessAborted(askToken(), options?.signal))
    } catch (reason) {
      if (isSessionError(reason, 'signed-out')) return null
      throw reason
    }
  }

  async function verify() {
    const valid = await withCore(core => shared.verify(core), tokenErrorFromCore)
    const { claims } = getSnapshot()
    return valid === true && claims !== null ? { valid, claims } : { valid }
  }

  function logout(options?: LogoutOptions): Promise<void> {
    const done = withCore(core => answered<void>(settle => core.logout(options?.everywhere === true, settle)))
    goodbye = done.catch(() => {})
    return done
  }

  function hasRole(role: string): boolean {
    const { status, claims, user } = getSnapshot()
    if (status !== 'authenticated') return false
    const roles =
      page.roles === undefined
        ? usualRoles(claims as object | null, user as object | null)
        : page.roles(claims, user)
    return roles.includes(role)
  }

  function on<E extends keyof SessionEvents>(event: E, listener: (payload: SessionEvents<U, C>[E]) => void) {
    checkListener(event, listener)
    return listeners.add(event, listener)
  }

  function dispose(): void {
    if (lastSnapshot !== null) return
    lastSnapshot = getSnapshot()
    listeners.clear()
    shared.release(client)
  }

  async function seen(header: (name: string) => string | null, sent: CoreToken) {
    const tokens = tokensBeside(header, wire?.headers)
    if (tokens.access_token === undefined) return
    try {
      await withCore(core => rotate(core, tokens, sent))
    } catch {
      // An older answer, or one that came after a logout: what is there by now is newer.
    }
  }

  const send = createSend({
    freshToken,
    token: askToken,
    retryToken: ({ sid, generation }) =>
      withCore(core => tokenAnswered(settle => core.retryToken(sid, generation, settle))),
    refusedAgain({ sid, generation }) {
      if (page.onSecond401 === 'end') coreNow()?.tokenRefused(sid, generation)
    },
    origins: allowedOrigins(page.origins, coreOptions.baseUrl as string | undefined),
    isSignIn: signInUrls(coreOptions),
    signIn: () => withCore(async core => shared.signIn(core)),
    seen,
    extra: (method, token) => (wire === undefined ? bearer(token) : wireExtra(method, token)),
  })

  const sessionFetch = createFetch(send, plainFetch)

  async function wireExtra(method: string, token: CoreToken | null): Promise<Extra> {
    const there = await withCore(async () => shared.wire as Wire)
    // Not asked inside: a `csrf` function that throws is no breakdown of the core.
    return there.extra(method, token?.accessToken)
  }

  const ready = within(
    shared.started.then(() => shared.ready),
    READY_TIMEOUT,
    () => new Error('late'),
  ).then(getSnapshot, getSnapshot)

  return {
    ready,
    getSnapshot,
    subscribe: listener => on('change', listener),
    on,
    login: (credentials, options) => authenticate(LOGIN, credentials, options),
    register: (details, options) => authenticate(REGISTER, details, options),
    changePassword: details => authenticate(CHANGE_PASSWORD, details),
    setTokens: (tokens, options) =>
      thenSnapshot(core => setTokens(core, withUser(tokens, options?.user), options)),
    getAccessToken,
    peekAccessToken() {
      const accessToken = coreNow()?.peekAccessToken() ?? UNSEEN
      return isUnseen(accessToken) ? null : accessToken
    },
    refresh: () => thenSnapshot(core => answered(settle => core.refresh(settle)), tokenErrorFromCore),
    verify,
    logout,
    touch: () => coreNow()?.touch(),
    stay: () => coreNow()?.stay(),
    hasRole,
    fetch: sessionFetch,
    dispose,
    [SEND]: send,
  }
}

/** The tokens as an answer would bring them, since that is what the core reads. */
function withUser<U>(tokens: TokenSet, user: U | undefined): object {
  return user === undefined ? tokens : { ...tokens, user }
}

function seenOf({ accessToken }: CoreToken): string {
  if (isUnseen(accessToken)) throw new CookieTransportError()
  return accessToken
}

function bearer(token: CoreToken | null): Extra {
  const headers = token === null ? {} : { authorization: `Bearer ${token.accessToken}` }
  return { headers, withCredentials: false }
}

/** The auth server made the tokens, so that it may see them. */
function allowedOrigins(origins: string[] | undefined, baseUrl: string | undefined): ReadonlySet<string> {
  if (origins !== undefined) return new Set(origins.map(origin => new URL(origin).origin))
  const isWhole = baseUrl !== undefined && /^https?:/i.test(baseUrl)
  return new Set([location.origin, ...(isWhole ? [new URL(baseUrl).origin] : [])])
}
