import { answered } from './core-answer.js'
import type { Core, CoreToken } from './glue.js'
import type { LoginOptions } from './session.js'

/** What tokens of the application's own are taken up as, in the order of the core's numbers. */
const KINDS: (string | undefined)[] = [undefined, 'login', 'refresh']
const SIGN_IN = 3
const BESIDE = 4

const take = (core: Core, tokens: unknown, kind: number, remember: boolean, sid: string, number: number) =>
  answered<void>(settle => core.takeTokens(tokens, kind, remember, sid, number, settle))

/** Tokens that the application got by itself. */
export const setTokens = (core: Core, tokens: object, options?: LoginOptions & { as?: string }) =>
  take(core, tokens, KINDS.indexOf(options?.as), isRemembered(options), '', 0)

/** The answer to a login that the page has sent by itself, in `epoch`. */
export const signIn = (core: Core, answer: unknown, epoch: number) =>
  take(core, answer, SIGN_IN, true, '', epoch)

/** Tokens beside the answer to a request with `sent`. */
export const rotate = (core: Core, tokens: object, { sid, generation }: CoreToken) =>
  take(core, tokens, BESIDE, true, sid, generation)

/** Unless told otherwise, a session outlives the browser. */
export const isRemembered = (options?: LoginOptions) => options?.remember !== false
