import { errorFromCore } from './core-error.js'
import { failedSnapshot, LOADING, snapshotFromCore } from './core-snapshot.js'
import { DisposedError, type SessionError } from './errors.js'
import type { Core, CoreHost, CoreOptions } from './glue.js'
import { isEventName } from './listeners.js'
import { loadCore } from './loader.js'
import type { SessionOptions } from './options.js'
import type { SessionSnapshot } from './snapshot.js'

/** A session that shares a core. */
export interface CoreClient {
  onEvent(name: string, payload: unknown): void
  log: CoreHost['log']
}

/** What the first session of a name brings along for all. */
interface Setup {
  options: CoreOptions
  wasm: SessionOptions['wasm']
  fetch: typeof fetch | undefined
}

/**
 * The core behind all sessions of one name on a page. Two cores would be two tabs in one page: twice the timers, the
 * listeners and the locks, for nothing.
 */
export class SharedCore {
  /** The running core; rejects when it never came to be. */
  readonly started: Promise<Core>
  /** The same, for those who cannot wait. */
  core: Core | null = null

  readonly #clients = new Set<CoreClient>()
  readonly #name: string
  readonly #fingerprint: string
  #snapshot: SessionSnapshot<unknown, unknown> | null = LOADING
  #disposed = false

  /** The core of `setup.options.name`, started if it is not there. Release it when done. */
  static acquire(setup: Setup, client: CoreClient): SharedCore {
    const cores = registry()
    const name = nameOf(setup.options)
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
    this.#fingerprint = fingerprint(setup.options)
    this.#clients.add(client)
    this.started = this.#start(setup)
    // Each method that waits for the core rejects by itself; nobody has to.
    this.started.catch(() => {})
  }

  /** Adds a client to a core that is there. A method, since another copy's core has other private members. */
  join(options: CoreOptions, client: CoreClient): void {
    this.#clients.add(client)
    if (this.#fingerprint === fingerprint(options)) return
    client.log('error', `a session "${this.#name}" is already there with other options, which stay in force`)
  }

  /** The snapshot; the same object until something changed. */
  snapshot(): SessionSnapshot<unknown, unknown> {
    this.#snapshot ??= this.core === null ? LOADING : snapshotFromCore(this.core.snapshot())
    return this.#snapshot
  }

  /** Ends one session's share; the last one ends the core. */
  release(client: CoreClient): void {
    this.#clients.delete(client)
    if (this.#clients.size > 0) return
    this.#disposed = true
    this.#forget()
    this.core?.dispose()
  }

  async #start(setup: Setup): Promise<Core> {
    try {
      const CoreClass = await loadCore(setup.wasm)
      if (this.#disposed) throw new DisposedError()
      const core = new CoreClass(setup.options, this.#host(setup.fetch))
      this.core = core
      core.start()
      return core
    } catch (reason) {
      const error = errorFromCore(reason)
      if (!this.#disposed) this.#fail(error)
      throw error
    }
  }

  #host(customFetch: typeof fetch | undefined): CoreHost {
    return {
      emit: (name, payload) => this.#onEvent(name, payload),
      log: (level, message) => {
        const [first] = this.#clients
        first?.log(level, message)
      },
      ...(customFetch === undefined ? {} : { fetch: customFetch }),
    }
  }

  #onEvent(name: string, payload: Record<string, unknown> | null): void {
    // Whatever happened, the snapshot that a listener asks for has to tell of it.
    this.#snapshot = null
    if (!isEventName(name)) return
    if (name === 'change') {
      this.#tell(name, this.snapshot())
    } else if (name === 'login') {
      this.#tell(name, { user: this.snapshot().user })
    } else if (payload !== null && 'error' in payload) {
      this.#tell(name, { ...payload, error: errorFromCore(payload.error) })
    } else {
      this.#tell(name, payload)
    }
  }

  #tell(name: string, payload: unknown): void {
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

const REGISTRY = Symbol.for('session-warden@1')

/** Shared by all copies of the package on a page: an application and its libraries may each bring one. */
function registry(): Map<string, SharedCore> {
  const globals = globalThis as { [REGISTRY]?: Map<string, SharedCore> }
  globals[REGISTRY] ??= new Map()
  return globals[REGISTRY]
}

function nameOf(options: CoreOptions): string {
  const { name } = options
  return typeof name === 'string' ? name : 'session'
}

/** Equal for equal options, in whatever order they were written. */
function fingerprint(options: CoreOptions): string {
  return JSON.stringify(options, (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  )
}
