import type { SessionEvents } from '../events.js'
import type { Session } from '../session.js'
import { clock, errorWords } from './words.js'

/** What happened, in words that name neither a user nor a token. */
export interface ToldEvent {
  readonly name: string
  readonly words: string
  /** Counts the tokens of the session; undefined where the event says nothing of it, null where it is not known. */
  readonly generation?: number | null
}

type Words = {
  [E in Exclude<keyof SessionEvents, 'change'>]: (
    payload: SessionEvents<unknown, unknown>[E],
  ) => Omit<ToldEvent, 'name'>
}

const WORDS: Words = {
  login: () => ({ words: '', generation: null }),
  refresh: ({ generation, by }) => ({ words: `generation ${generation}, ${by}`, generation }),
  'refresh-failed': ({ error, retryAt }) => ({ words: `${errorWords(error)}, again at ${clock(retryAt)}` }),
  'refresh-rejected': ({ error, endsAt }) => ({
    words: endsAt === null ? errorWords(error) : `${errorWords(error)}, ends at ${clock(endsAt)}`,
  }),
  prompt: ({ endsAt }) => ({ words: `ends at ${clock(endsAt)}` }),
  'prompt-dismissed': ({ by }) => ({ words: by }),
  end: ({ reason, endedBy }) => ({ words: `${reason}, ${endedBy}`, generation: null }),
  // Whose tokens they were and are is data of users.
  'user-changed': () => ({ words: '', generation: null }),
  degraded: ({ what }) => ({ words: what }),
}

/** Tells all that happens to `session`, but that something in the snapshot changed. Returns what ends that. */
export function followEvents(
  session: Session<unknown, unknown>,
  tell: (event: ToldEvent) => void,
): (() => void)[] {
  const follow = <E extends keyof Words>(name: E) =>
    session.on(name, payload => tell({ name, ...WORDS[name](payload) }))
  return (Object.keys(WORDS) as (keyof Words)[]).map(follow)
}
