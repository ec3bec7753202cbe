/**
 * What the wasm-bindgen glue offers. The build puts the glue itself at `./glue.js`; this declaration is by hand
 * because the generated one types every object as `any`.
 */

import type { Vault } from './vault.js'

/** Starts the module, without which nothing here works. */
export function start(module: WebAssembly.Module): Promise<void>

/** The data among the session's options, looked at before. Functions stay on the TypeScript side. */
export type CoreOptions = Record<string, unknown>

/** What the core asks of the page. Never called while the core is borrowed. */
export interface CoreHost {
  emit(name: string, payload: Record<string, unknown> | null): void
  log(level: 'error' | 'info' | 'debug', message: string): void
  fetch: typeof fetch | undefined
  vault: Vault | undefined
}

export interface CoreToken {
  accessToken: string
  sid: string
  generation: number
}

/** Why the core did not do what it was asked. */
export type CoreErrorCode =
  | 'bad-answer'
  | 'disposed'
  | 'http'
  | 'network'
  | 'not-prolonged'
  | 'not-renewable'
  | 'not-the-server'
  | 'refresh-rejected'
  | 'server'
  | 'signed-out'
  | 'still-unauthorized'
  | 'storage'
  | 'superseded'
  | 'timeout'
  | 'user-changed'

/** What the core rejects with. The words are on the TypeScript side, but for what the auth server tells the user. */
export interface CoreError {
  code: CoreErrorCode
  message?: string
  field?: string
  status?: number
  serverCode?: string
  retryAt?: number
}

/** Endpoints that are answered with tokens. */
export type AuthEndpoint = 'login' | 'register' | 'changePassword'

export class Core {
  /** `values`: of the options, without their names; core-values.ts has those. */
  constructor(values: unknown[], host: CoreHost)
  start(): void
  ready(): Promise<void>
  /** The values of a snapshot without their names; core-snapshot.ts has those. */
  snapshot(): unknown[]
  peekAccessToken(): string | undefined
  token(): Promise<CoreToken>
  retryToken(sid: string, generation: number): Promise<CoreToken>
  refresh(): Promise<void>
  authenticate(endpoint: AuthEndpoint, body: unknown, remember: boolean): Promise<void>
  setTokens(tokens: object, as: 'login' | 'refresh' | undefined, remember: boolean): Promise<void>
  verify(): Promise<{ valid: boolean | null }>
  logout(everywhere: boolean): Promise<void>
  touch(): void
  stay(): void
  dispose(): void
}
