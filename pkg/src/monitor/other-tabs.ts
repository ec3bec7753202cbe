const CHANNEL = 'session-warden:monitor'

/** Stands for this page, in which several panels may be one tab. */
const TAB = Math.random()

/** Asked every so many seconds. */
const ASK_EVERY = 3

/** Who does not answer so often has crashed or is frozen. */
const PATIENCE = 2

type Kind = 'who' | 'here' | 'bye'

interface Message {
  readonly kind: Kind
  readonly tab: number
  readonly label: string
  readonly isHidden: boolean
}

interface OtherTab {
  readonly isHidden: boolean
  unanswered: number
}

/** The other tabs of the origin that show a panel of the same label, as far as they have been heard of. */
export class OtherTabs {
  readonly #changed: () => void
  readonly #tabs = new Map<number, OtherTab>()
  #channel: BroadcastChannel | null = null
  #label = ''
  #seconds = 0

  constructor(changed: () => void) {
    this.#changed = changed
  }

  /** Null where tabs cannot talk to each other. */
  get words(): string | null {
    if (this.#channel === null) return null
    const hidden = [...this.#tabs.values()].filter(({ isHidden }) => isHidden).length
    return hidden === 0 ? String(this.#tabs.size) : `${this.#tabs.size} (${hidden} hidden)`
  }

  set label(label: string) {
    if (label === this.#label) return
    this.#say('bye')
    this.#label = label
    this.#tabs.clear()
    this.#greet()
  }

  /** Listens and answers until `signal` says that it is enough. */
  follow(signal: AbortSignal) {
    document.addEventListener('visibilitychange', () => this.#greet(), { signal })
    // An open channel may keep a page out of the back-forward cache.
    window.addEventListener('pagehide', () => this.#close(), { signal })
    window.addEventListener('pageshow', () => this.#open(), { signal })
    signal.addEventListener('abort', () => this.#close())
    this.#open()
  }

  /** A second has passed. */
  tick() {
    this.#seconds += 1
    if (this.#seconds % ASK_EVERY === 0) this.#ask()
  }

  #open() {
    if (this.#channel !== null) return
    try {
      this.#channel = new BroadcastChannel(CHANNEL)
    } catch {
      // Older browsers have none, and some refuse it to a page in a frame.
      return
    }
    this.#channel.addEventListener('message', ({ data }) => this.#hear(Object(data)))
    this.#greet()
  }

  #close() {
    this.#say('bye')
    this.#channel?.close()
    this.#channel = null
    this.#tabs.clear()
  }

  #greet() {
    if (document.hidden) this.#say('here')
    else this.#ask()
  }

  #ask() {
    for (const [tab, other] of this.#tabs) {
      if (other.unanswered === PATIENCE) this.#tabs.delete(tab)
      other.unanswered += 1
    }
    this.#say('who')
  }

  #say(kind: Kind) {
    const message: Message = { kind, tab: TAB, label: this.#label, isHidden: document.hidden }
    this.#channel?.postMessage(message)
  }

  #hear({ kind, tab, label, isHidden }: Message) {
    if (label !== this.#label) return
    if (tab === TAB) {
      // This page has lost one of two panels.
      if (kind === 'bye') this.#say('here')
      return
    }
    if (kind === 'bye') this.#tabs.delete(tab)
    else this.#tabs.set(tab, { isHidden, unanswered: 0 })
    if (kind === 'who') this.#say('here')
    this.#changed()
  }
}
