import type { Session } from '../session.js'
import { followEvents } from './events.js'
import { OtherTabs } from './other-tabs.js'
import { Panel } from './panel.js'
import { setClockRight } from './shifted-clock.js'

/** The element `<session-monitor>`: a panel that shows how a session stands, at the top right of the page. */
export interface SessionMonitorElement extends HTMLElement {
  /** The session to show; null for none. */
  session: Session<unknown, unknown> | null
  /** What the panel is called, to tell several apart; an attribute, too. Default: `Session`. */
  label: string
  /** Whether nothing but the heading is shown; an attribute, too. */
  collapsed: boolean
}

declare global {
  interface HTMLElementTagNameMap {
    'session-monitor': SessionMonitorElement
  }
}

const NAME = 'session-monitor'

/** Makes `<session-monitor>` known to the page; once is enough. Does nothing on a server. */
export function defineSessionMonitor(): void {
  if (typeof customElements === 'undefined' || customElements.get(NAME) !== undefined) return
  customElements.define(NAME, elementClass())
}

/** Made when it is asked for: a server has no `HTMLElement` to extend. */
function elementClass(): new () => SessionMonitorElement {
  return class extends HTMLElement implements SessionMonitorElement {
    static readonly observedAttributes = ['collapsed', 'label']

    #session: Session<unknown, unknown> | null = null
    #following: AbortController | null = null
    #timer: ReturnType<typeof setInterval> | undefined
    readonly #otherTabs = new OtherTabs(() => this.#show())
    readonly #panel = new Panel(this.attachShadow({ mode: 'open' }), {
      session: () => this.#session,
      otherTabs: () => this.#otherTabs.words,
      toggle: () => {
        this.collapsed = !this.collapsed
      },
    })

    get session() {
      return this.#session
    }

    set session(session) {
      if (session === this.#session) return
      this.#session = session
      this.#panel.forget()
      if (this.#following !== null) this.#follow()
    }

    get label() {
      return this.getAttribute('label') ?? 'Session'
    }

    set label(label) {
      this.setAttribute('label', label)
    }

    get collapsed() {
      return this.hasAttribute('collapsed')
    }

    set collapsed(isCollapsed) {
      this.toggleAttribute('collapsed', isCollapsed)
    }

    connectedCallback() {
      this.#takeUpSession()
      this.#showLabel()
      // Before it is seen: from what it looked like then, the bars would move for a second.
      this.#follow()
      this.#panel.open(indexOf(this))
    }

    disconnectedCallback() {
      this.#following?.abort()
      this.#following = null
      this.#panel.close()
      if (document.querySelector(NAME) === null) setClockRight()
      this.#show()
    }

    attributeChangedCallback() {
      this.#showLabel()
      this.#panel.collapsed = this.collapsed
      this.#show()
    }

    /** One that was set before the element was defined lies over the accessor. */
    #takeUpSession() {
      if (!Object.hasOwn(this, 'session')) return
      const { session } = this
      Reflect.deleteProperty(this, 'session')
      this.session = session
    }

    #showLabel() {
      this.#panel.label = this.label
      this.#otherTabs.label = this.label
    }

    #follow() {
      this.#following?.abort()
      this.#following = new AbortController()
      const { signal } = this.#following
      const show = () => this.#show()
      document.addEventListener('visibilitychange', show, { signal })
      this.#otherTabs.follow(signal)
      if (this.#session !== null) {
        const leave = [
          this.#session.subscribe(show),
          ...followEvents(this.#session, event => this.#panel.tell(event)),
        ]
        signal.addEventListener('abort', () => {
          for (const end of leave) end()
        })
      }
      show()
    }

    /** Time passes for a panel that somebody sees, and no other. */
    #show() {
      const isSeen = this.#following !== null && !document.hidden
      const snapshot = this.#session?.getSnapshot() ?? null
      if (isSeen) this.#panel.show(snapshot)
      if (isSeen && !this.collapsed && snapshot?.status === 'authenticated')
        this.#timer ??= setInterval(() => {
          this.#otherTabs.tick()
          this.#show()
        }, 1_000)
      else {
        clearInterval(this.#timer)
        this.#timer = undefined
      }
    }
  }
}

/** Several stand side by side. */
function indexOf(monitor: HTMLElement): number {
  return [...document.querySelectorAll(NAME)].indexOf(monitor as SessionMonitorElement)
}
