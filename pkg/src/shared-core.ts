import { answered, tokenAnswered } from './core-answer.js'
import { errorFromCore } from './core-error.js'
import { type CoreEvent, eventFromCore } from './core-event.js'
import { epochOf, failedSnapshot, isSignedIn, snapshotFromCore } from './core-snapshot.js'
import { signIn } from './core-tokens.js'
import { coreValues } from './core-values.js'
import { DisposedError, type SessionError } from './errors.js'
import { FreshToken } from './fresh-token.js'
import type { Core, CoreOptions, CoreToken } from './glue.js'
import { loadCore } from './loader.js'
import { LOADING } from './loading-snapshot.js'
import type { Log } from './log.js'
import type { SessionOptions, StorageAdapter } from './options.js'
import { fingerprint } from './parse-options.js'
import { asOwn } from './send.js'
import type { SessionSnapshot, StorageKind } from './snapshot.js'
import { TokenClaims } from './token-claims.js'
import type { Vault } from './vault.js'
import type { Wire, WireOptions } from './wire.js'

/** A session that shares a core. */
export interface CoreClient {
  onEvent(name: string, payload: object): void
  log: Log
}

/** What the first session of a name brings along for all. */
interface Setup {
  options: CoreOptions
  wasm: SessionOptions['wasm']
  /** What sends requests. Looked up at each request, so that a page can replace the global one. */
  send(): typeof fetch
  adapter: StorageAdapter | undefined
  wire: WireOptions | undefined
}

/**
 * The core behind all sessions of one name on a page. Two cores would be two tabs in one page: twice the timers, the
 * listeners and the locks, for nothing.
 */
export class SharedCore {
  /** The running core; rejects when it never came to be. */
  readonly started: Promise<Core>
  /** Settles when it is known whether somebody is signed in. */
  readonly ready: Promise<void>
  /** The same, for those who cannot wait. */
  core: Core | null = null
  /** There by the time that the core is, where it is needed. */
  wire: Wire | undefined

  readonly #clients = new Set<CoreClient>()
  readonly #name: string
  /** Where the tokens are, when they are where they are asked to be. */
  readonly #kind: StorageKind
  readonly #fingerprint: string
  readonly #fresh = new FreshToken()
  /** There as soon as the core is. */
  #claims!: TokenClaims
  #user: unknown = null
  readonly #dropToken = () => this.#fresh.drop()
  #becomeReady = () => {}
  #snapshot: SessionSnapshot<unknown, unknown> | null = LOADING
  #failure: SessionError | null = null
  #disposed = false
  /** Though nothing is stored somebody may be signed in: the auth server has not said. */
  #mayBeSignedIn = false

  /** The core of `setup.options.name`, started if it is not there. Release it when done. */
  static acquire(setup: Setup, client: CoreClient): SharedCore {
    const cores = registry()
    const name = (setup.options.name ?? 'session') as string
    const present = cores.get(name)
    if (present !== undefined) {
      present.join(setup.options, client)
      return present
    }
    const shared = new SharedCore(name, setup, client)
    cores.set(name, shared)
    return shared
  }

  private constructor(name: string, setup: Setup, client: CoreClient) {
    this.#name = name
    this.#kind = (setup.options.storage ?? 'local') as StorageKind
    this.#fingerprint = fingerprint(setup.options)
    this.#clients.add(client)
    this.ready = new Promise(resolve => {
      this.#becomeReady = resolve
    })
    this.started = this.#start(setup)
    // Each method that waits for the core rejects by itself; nobody has to.
    this.started.catch(() => {})
  }

  /** Adds a client to a core that is there. A method, since another copy's core has other private members. */
  join(options: CoreOptions, client: CoreClient): void {
    this.#clients.add(client)
    if (this.#fingerprint === fingerprint(options)) return
    client.log('error', `a session "${this.#name}" is there already: its options stay in force`)
  }

  /** The snapshot; the same object until something changed. */
  snapshot(): SessionSnapshot<unknown, unknown> {
    this.#snapshot ??= this.core === null ? LOADING : this.#read(this.core)
    return this.#snapshot
  }

  /** A token that is good now, where that is known without asking the core. */
  freshToken(): CoreToken | null {
    return this.#fresh.get()
  }

  /** A token that is good now, from the core. */
  async token(core: Core): Promise<CoreToken> {
    const token = await tokenAnswered(settle => core.token(settle))
    // By now the core may have another, or hand none out because it has to look at the stores first.
    if (core.peekAccessToken() === token.accessToken) this.#fresh.keep(token, this.snapshot())
    return token
  }

  /** Takes up the answer to a login that the page sends by itself; what was signed out meanwhile stays so. */
  signIn(core: Core): (answer: unknown, headers: Headers) => Promise<void> {
    const epoch = epochOf(core.snapshot())
    return async (body, headers) => {
      const answer = this.wire === undefined ? body : await this.wire.signedIn(body, headers)
      await signIn(core, answer, epoch)
    }
  }

  /** What the auth server says of the token. */
  async verify(core: Core): Promise<boolean | null> {
    const valid = await answered<boolean | null>(settle => core.verify(settle))
    // The session is about to end, but not before that is written.
    if (valid === false) this.#fresh.drop()
    return valid
  }

  /** Ends one session's share; the last one ends the core. */
  release(client: CoreClient): void {
    this.#clients.delete(client)
    if (this.#clients.size > 0) return
    this.#disposed = true
    this.#forget()
    for (const event of RETURNS) removeEventListener(event, this.#dropToken, true)
    this.core?.dispose()
  }

  /** Leaves a core that has broken down to itself; the next session of its name has another. */
  abandon(client: CoreClient): void {
    this.#forget()
    try {
      this.release(client)
    } catch {
      // It cannot even be disposed of.
    }
  }

  async #start(setup: Setup): Promise<Core> {
    try {
      const [{ Core, payload }, vault, wire] = await Promise.all([
        loadCore(setup.wasm),
        this.#vault(setup),
        this.#wire(setup),
      ])
      if (this.#disposed) throw new DisposedError()
      this.wire = wire
      this.#mayBeSignedIn = wire?.restore !== undefined
      this.#claims = new TokenClaims(payload)
      const core = new Core(
        coreValues(wire?.options ?? setup.options, vault !== undefined),
        { emit: (event, first, second) => this.#onEvent(event, first, second) },
        (wire?.fetch as typeof fetch | undefined) ?? asOwn(setup.send),
        vault,
      )
      this.core = core
      for (const event of RETURNS) addEventListener(event, this.#dropToken, true)
      core.start()
      return core
    } catch (reason) {
      const error = errorFromCore(reason)
      if (!this.#disposed) this.#fail(error)
      throw error
    }
  }

  /** What seals the tokens, for the kinds of storage that need it; the others do not even load it. */
  async #vault({ options, adapter }: Setup): Promise<Vault | undefined> {
    if (adapter !== undefined) return (await import('./vault.js')).adapterVault(this.#name, adapter)
    return options.storage === 'encrypted' ? (await import('./vault.js')).encryptedVault() : undefined
  }

  /** What speaks with the auth server, where the core cannot. */
  async #wire(setup: Setup): Promise<Wire | undefined> {
    const { options, wire } = setup
    if (wire === undefined) return undefined
    return (await import('./wire.js')).createWire(options, wire, {
      lock: `session-warden:${this.#name}:cookies`,
      send: () => asOwn(setup.send),
      accessToken: () => this.core?.peekAccessToken(),
      isSignedIn: () => this.snapshot().status === 'authenticated',
    })
  }

  #onEvent(number: number, first: unknown, second: unknown): void {
    try {
      const event = eventFromCore(number, first, second)
      if (event === undefined) void this.#restore(this.core as Core).then(this.#becomeReady)
      else this.#hear(event)
    } catch {
      // A listener that throws is the page's business; nothing of it is quoted here.
      const [client] = this.#clients
      client?.log('error', 'a listener threw')
    }
  }

  /** Cookies may have outlived what a page stores. */
  async #restore(core: Core): Promise<void> {
    // What the core was a moment ago would say that nothing is known yet.
    this.#snapshot = null
    if (this.snapshot().status === 'loading') await this.wire?.restore?.(core)
    if (!this.#mayBeSignedIn || this.#disposed) return
    this.#mayBeSignedIn = false
    this.#snapshot = null
    this.#tell('change', this.snapshot())
  }

  #hear({ name, payload }: CoreEvent): void {
    // Whatever happened, the snapshot and the token that a listener asks for have to tell of it.
    this.#snapshot = null
    this.#fresh.drop()
    if (HEALING.includes(name)) this.#failure = null
    if ('error' in payload) this.#failure = payload.error
    if (name === 'change') this.#tell(name, this.snapshot())
    else if (name === 'login') this.#tell(name, { user: this.snapshot().user })
    else this.#tell(name, payload)
  }

  #read(core: Core): SessionSnapshot<unknown, unknown> {
    const values = core.snapshot()
    if (!isSignedIn(values)) this.#claims.forget()
    const [, user] = values
    // The same user is the same object, so that a page that shows nothing else need not draw it anew.
    if (JSON.stringify(user) !== JSON.stringify(this.#user)) this.#user = user
    return snapshotFromCore(values, this.#kind, {
      user: this.#user,
      mayBeSignedIn: this.#mayBeSignedIn,
      error: this.#failure,
      // While it is in doubt whether the session lives on, the core hands no token out: the last one's claims stand.
      claims: this.#claims.of(core.peekAccessToken()),
    })
  }

  #tell(name: string, payload: object): void {
    for (const client of [...this.#clients]) client.onEvent(name, payload)
  }

  #fail(error: SessionError): void {
    this.core = null
    this.#snapshot = failedSnapshot(error)
    this.#forget()
    for (const client of this.#clients) client.log('error', error.message)
    this.#tell('change', this.#snapshot)
  }

  /** The next session of this name starts anew. */
  #forget(): void {
    const cores = registry()
    if (cores.get(this.#name) === this) cores.delete(this.#name)
  }
}

/**
 * A page that was frozen or in the back-forward cache has heard of nothing. In the capturing phase, so that no other
 * listener of the page asks for the token before it is dropped.
 */
const RETURNS = ['pageshow', 'resume']

/** After these, an earlier failure to refresh does not matter any more. */
const HEALING: readonly string[] = ['login', 'refresh', 'end', 'user-changed']

const REGISTRY = Symbol.for('session-warden@1')

/** Shared by all copies of the package on a page: an application and its libraries may each bring one. */
function registry(): Map<string, SharedCore> {
  const globals = globalThis as { [REGISTRY]?: Map<string, SharedCore> }
  globals[REGISTRY] ??= new Map()
  return globals[REGISTRY]
}
