import { element } from './dom.js'
import { clock } from './words.js'

/** Older events have been seen. */
const LENGTH = 100

/** What happened, the latest first. */
export class EventLog {
  readonly list = element('ol', { class: 'log', 'aria-label': 'Events', tabindex: '0' })

  add(at: number, name: string, words: string) {
    const time = element('time', {}, clock(at))
    this.list.prepend(element('li', {}, time, element('b', {}, name), element('span', {}, words)))
    if (this.list.childElementCount > LENGTH) this.list.lastElementChild?.remove()
  }

  clear() {
    this.list.replaceChildren()
  }
}
