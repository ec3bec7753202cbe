import type { SessionSnapshot } from '../snapshot.js'
import { element } from './dom.js'
import { clock, errorWords, NOTHING, timeSince } from './words.js'

/** What the snapshot alone does not tell. */
interface Beside {
  now: number
  /** Counts the tokens of the session; null until an event has told. */
  generation: number | null
  otherTabs: string | null
}

type Fact = (snapshot: SessionSnapshot<unknown, unknown>, beside: Beside) => string | null

const FACTS: Record<string, Fact> = {
  'Last activity': ({ lastActivityAt: at }, { now }) =>
    at === null ? null : `${timeSince(at, now)} · ${clock(at)}`,
  'Idle prompt': ({ promptAt: at }) => (at === null ? null : clock(at)),
  Generation: (_, { generation }) => (generation === null ? null : String(generation)),
  'Other tabs': (_, { otherTabs }) => otherTabs,
  Storage: ({ storage }) => storage,
  Degraded: ({ degraded }) => degraded,
  Error: ({ error }) => (error === null ? null : errorWords(error)),
  'Last end': ({ endReason, endedBy }) =>
    endReason === null || endedBy === null ? endReason : `${endReason}, ${endedBy}`,
}

/** Names and values. */
export class Facts {
  readonly list = element('dl', { class: 'facts' })
  readonly #rows = Object.entries(FACTS).map(([name, fact]) => {
    const value = element('dd', {})
    this.list.append(element('div', {}, element('dt', {}, name), value))
    return { fact, value }
  })

  show(snapshot: SessionSnapshot<unknown, unknown> | null, beside: Beside) {
    for (const { fact, value } of this.#rows)
      value.textContent = (snapshot && fact(snapshot, beside)) ?? NOTHING
  }
}
