/**
 * What the wasm-bindgen glue offers. The build puts the glue itself at `./glue.js`; this declaration is by hand
 * because the generated one types every object as `any`.
 */

/** Compiles and starts the module; does nothing when that has been done. */
export default function init(input: {
  module_or_path: BufferSource | WebAssembly.Module | Response | URL
}): Promise<unknown>

/** The data among the session's options. Functions stay on the TypeScript side. */
export type CoreOptions = Record<string, unknown>

/** What the core asks of the page. Never called while the core is borrowed. */
export interface CoreHost {
  emit(name: string, payload: Record<string, unknown> | null): void
  log(level: 'error' | 'info' | 'debug', message: string): void
  fetch?: typeof fetch
}

export interface CoreToken {
  accessToken: string
  sid: string
  generation: number
}

/** What the core throws and rejects with. */
export interface CoreError {
  code: string
  message: string
  key?: string
  field?: string
  status?: number
  serverCode?: string
  retryAt?: number
}

export interface CoreSnapshot {
  status: 'loading' | 'authenticated' | 'unauthenticated'
  error: CoreError | null
  user: unknown
  claims: unknown
  expiresAt: number | null
  refreshAt: number | null
  lastActivityAt: number | null
  idleAt: number | null
  promptAt: number | null
  endsAt: number | null
  prompting: boolean
  refreshing: boolean
  offline: boolean
  ending: boolean
  endReason: string | null
  endedBy: 'this-tab' | 'other-tab' | null
  storage: 'local' | 'memory'
  degraded: string | null
}

export class Core {
  constructor(options: CoreOptions, host: CoreHost)
  start(): void
  ready(): Promise<void>
  snapshot(): CoreSnapshot
  peekAccessToken(): string | undefined
  token(): Promise<CoreToken>
  retryToken(sid: string, generation: number): Promise<CoreToken>
  refresh(): Promise<void>
  authenticate(endpoint: 'login' | 'register' | 'changePassword', body: unknown): Promise<void>
  setTokens(tokens: object, as: 'login' | 'refresh' | undefined): Promise<void>
  verify(): Promise<{ valid: boolean | null; reason?: string }>
  logout(everywhere: boolean): Promise<void>
  touch(): void
  stay(): void
  dispose(): void
}
