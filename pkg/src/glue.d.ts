/**
 * What the wasm-bindgen glue offers. The build puts the glue itself at `./glue.js`; this declaration is by hand
 * because the generated one types every object as `any`.
 */

import type { Vault } from './vault.js'

/** Starts the module, without which nothing here works. */
export function start(module: WebAssembly.Module): Promise<void>

/** The payload of a signed JWT; undefined where it cannot be read. From src/shell/answer.js, as the core reads it. */
export function payload(token: string): unknown

/** The data among the session's options, looked at before. Functions stay on the TypeScript side. */
export type CoreOptions = Record<string, unknown>

/** What the core asks of the page. Never called while the core is borrowed; must not throw. */
export interface CoreHost {
  /** The event's number and values; core-event.ts knows them. */
  emit(event: number, first: unknown, second: unknown): void
}

/** The two ends of a promise. */
export interface Settle<T> {
  resolve(value: T): void
  reject(reason: unknown): void
}

export interface CoreToken {
  accessToken: string
  sid: string
  generation: number
}

/** A token without the names. */
export type CoreTokenValues = [accessToken: string, sid: string, generation: number]

/** Why the core did not do what it was asked: its number in core-error.ts, and what there is of the rest. */
export type CoreError = [kind: number, status: number, retryAt?: number, text?: string, serverCode?: string]

/** The values of a snapshot without their names; core-snapshot.ts has those. */
export type CoreSnapshot = unknown[]

export class Core {
  /** `values`: of the options, without their names; core-values.ts has those. */
  constructor(
    values: unknown[],
    host: CoreHost,
    customFetch: typeof fetch | undefined,
    vault: Vault | undefined,
  )
  start(): void
  snapshot(): CoreSnapshot
  peekAccessToken(): string | undefined
  token(settle: Settle<CoreTokenValues>): void
  retryToken(sid: string, generation: number, settle: Settle<CoreTokenValues>): void
  refresh(settle: Settle<void>): void
  authenticate(endpoint: number, body: unknown, remember: boolean, settle: Settle<void>): void
  /** `kind` and `number` as in src/api/mod.rs; core-tokens.ts knows them. */
  takeTokens(
    tokens: unknown,
    kind: number,
    remember: boolean,
    sid: string,
    number: number,
    settle: Settle<void>,
  ): void
  tokenRefused(sid: string, generation: number): void
  verify(settle: Settle<boolean | null>): void
  logout(everywhere: boolean, settle: Settle<void>): void
  touch(): void
  stay(): void
  dispose(): void
}
