import { element } from './dom.js'
import { clock, NOTHING, timeUntil } from './words.js'

/** From here on a countdown is marked. */
const SOON = 60_000

/** A row that shows what is left until an instant, and as a bar how much of the whole time that is. */
export class Countdown {
  readonly row: HTMLElement
  readonly #at = element('span', { class: 'at' })
  readonly #left = element('span', { class: 'left' })
  readonly #bar = element('div', { class: 'bar' })
  #instant: number | null = null
  #since = 0

  constructor(name: string) {
    this.row = element(
      'div',
      { class: 'countdown' },
      element('span', {}, name),
      this.#at,
      this.#left,
      element('div', { class: 'track' }, this.#bar),
    )
  }

  /** `since`: when the time began. Where that is not told, it is when the instant was first heard of. */
  show(instant: number | null, now: number, since = now) {
    if (instant !== this.#instant) this.#since = since
    this.#instant = instant
    this.#at.textContent = instant === null ? '' : clock(instant)
    this.#left.textContent = instant === null ? NOTHING : timeUntil(instant, now)
    this.#bar.style.setProperty('--left', String(instant === null ? 0 : partLeft(this.#since, instant, now)))
    this.row.dataset.level = levelOf(instant, now)
  }
}

function partLeft(since: number, instant: number, now: number): number {
  return Math.min(1, Math.max(0, (instant - now) / Math.max(1, instant - since)))
}

function levelOf(instant: number | null, now: number): string {
  if (instant === null) return 'none'
  if (instant <= now) return 'due'
  return instant - now <= SOON ? 'soon' : 'later'
}
