import { unlessAborted } from './abort.js'
import type { Claims, User } from './claims.js'
import { answered, tokenAnswered } from './core-answer.js'
import { errorFromCore, tokenErrorFromCore } from './core-error.js'
import { within } from './deadline.js'
import { DisposedError, isSessionError } from './errors.js'
import type { SessionEvents } from './events.js'
import { createFetch } from './fetch.js'
import type { Core } from './glue.js'
import { checkListener, Listeners } from './listeners.js'
import { createLog } from './log.js'
import { leaveForLogin } from './login-page.js'
import type { ParsedOptions } from './parse-options.js'
import { rolesFromClaims } from './roles.js'
import type { LoginOptions, Session, TokenSet } from './session.js'
import { type CoreClient, SharedCore } from './shared-core.js'
import type { SessionSnapshot } from './snapshot.js'

/** `ready` settles by then, in milliseconds, however slow the network is. */
const READY_TIMEOUT = 5_000

// The core's numbers for endpoints that are answered with tokens.
const LOGIN = 0
const REGISTER = 1
const CHANGE_PASSWORD = 2

/** What tokens are taken up as, in the order of the core's numbers. */
const GRANTS: (string | undefined)[] = [undefined, 'login', 'refresh']

/** The session of a page: the shared core, with this page's listeners, roles, origins and login page. */
export function createLiveSession<U = User, C = Claims>({
  core: coreOptions,
  page,
}: ParsedOptions<U, C>): Omit<Session<U, C>, typeof Symbol.dispose> {
  type Snapshot = SessionSnapshot<U, C>

  const log = createLog(page.logLevel ?? 'error', page.logger)
  const listeners = new Listeners(reportListenerError)
  const client: CoreClient = { onEvent, log }
  const { wasm, fetch: pageFetch, adapter } = page
  const shared = SharedCore.acquire({ options: coreOptions, wasm, fetch: pageFetch, adapter }, client)
  const origins = new Set(page.origins?.map(origin => new URL(origin).origin) ?? [location.origin])
  let lastSnapshot: Snapshot | null = null
  let goodbye: Promise<void> = Promise.resolve()

  function getSnapshot(): Snapshot {
    return lastSnapshot ?? (shared.snapshot() as Snapshot)
  }

  function onEvent(name: string, payload: unknown): void {
    listeners.emit(name, payload)
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

  /** Runs `use` on the core as soon as that is there, and turns what goes wrong into typed errors. */
  async function withCore<T>(use: (core: Core) => Promise<T>, toError = errorFromCore): Promise<T> {
    if (lastSnapshot !== null) throw new DisposedError()
    try {
      const core = shared.core ?? (await shared.started)
      if (lastSnapshot !== null) throw new DisposedError()
      return await use(core)
    } catch (reason) {
      throw toError(reason)
    }
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
    if (fresh !== null) return fresh.accessToken
    try {
      const { accessToken } = await unlessAborted(askToken(), options?.signal)
      return accessToken
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

  function logout(options?: { everywhere?: boolean }): Promise<void> {
    const done = withCore(core => answered<void>(settle => core.logout(options?.everywhere === true, settle)))
    goodbye = done.catch(() => {})
    return done
  }

  function hasRole(role: string): boolean {
    const { status, claims, user } = getSnapshot()
    if (status !== 'authenticated') return false
    const roles = page.roles === undefined ? rolesFromClaims(claims) : page.roles(claims, user)
    return roles.includes(role)
  }

  function on<E extends keyof SessionEvents<U>>(event: E, listener: (payload: SessionEvents<U>[E]) => void) {
    checkListener(event, listener)
    return listeners.add(event, listener)
  }

  function dispose(): void {
    if (lastSnapshot !== null) return
    lastSnapshot = getSnapshot()
    listeners.clear()
    shared.release(client)
  }

  const sessionFetch = createFetch({
    freshToken,
    token: askToken,
    retryToken: ({ sid, generation }) =>
      withCore(core => tokenAnswered(settle => core.retryToken(sid, generation, settle))),
    origins,
    send: () => page.fetch ?? fetch,
  })

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
      thenSnapshot(core =>
        answered(settle =>
          core.setTokens(
            withUser(tokens, options?.user),
            GRANTS.indexOf(options?.as),
            isRemembered(options),
            settle,
          ),
        ),
      ),
    getAccessToken,
    peekAccessToken: () => coreNow()?.peekAccessToken() ?? null,
    refresh: () => thenSnapshot(core => answered(settle => core.refresh(settle)), tokenErrorFromCore),
    verify,
    logout,
    touch: () => coreNow()?.touch(),
    stay: () => coreNow()?.stay(),
    hasRole,
    fetch: sessionFetch,
    dispose,
  }
}

/** Unless told otherwise, a session outlives the browser. */
const isRemembered = (options?: LoginOptions) => options?.remember !== false

/** The tokens as an answer would bring them, since that is what the core reads. */
function withUser<U>(tokens: TokenSet, user: U | undefined): object {
  return user === undefined ? tokens : { ...tokens, user }
}
