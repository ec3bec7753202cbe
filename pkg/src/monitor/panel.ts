import type { Session } from '../session.js'
import { sessionClock } from '../session-clock.js'
import type { SessionSnapshot } from '../snapshot.js'
import { ActionButton } from './action-button.js'
import { ACTIONS, type Action } from './actions.js'
import { Countdown } from './countdown.js'
import { element } from './dom.js'
import { EventLog } from './event-log.js'
import type { ToldEvent } from './events.js'
import { Facts } from './facts.js'
import { makeMovable } from './movable.js'
import { clockAhead } from './shifted-clock.js'
import { STYLES } from './styles.js'
import { errorWords, timeUntil } from './words.js'

type Snapshot = SessionSnapshot<unknown, unknown>

/** What the panel's own buttons reach. */
export interface PanelHost {
  session(): Session<unknown, unknown> | null
  otherTabs(): string | null
  toggle(): void
}

/** What is worth a word beside the status. */
const FLAGS = ['prompting', 'refreshing', 'offline', 'ending'] as const

/** What a hand needs to get to a button. */
const REACH = 5_000

/** What is seen of a session, as far as the panel is told of it. */
export class Panel {
  readonly #host: PanelHost
  readonly #root: HTMLElement
  readonly #label = element('strong', { class: 'label' })
  readonly #status = element('span', { class: 'status' })
  readonly #toggle = element('button', {
    type: 'button',
    class: 'toggle',
    'aria-label': 'Details',
    'aria-controls': 'details',
  })
  readonly #flags = element('p', { class: 'flags' })
  readonly #refresh = new Countdown('Refresh')
  readonly #idle = new Countdown('Idle logout')
  readonly #expiry = new Countdown('Token expiry')
  readonly #end = new Countdown('Session end')
  readonly #facts = new Facts()
  readonly #buttons = ACTIONS.map(action => new ActionButton(action, (...pressed) => this.#run(...pressed)))
  readonly #log = new EventLog()
  readonly #outcome = element('p', { class: 'outcome', role: 'status' })
  readonly #details: HTMLElement
  #generation: number | null = null
  #dismissedAt = 0

  constructor(shadow: ShadowRoot, host: PanelHost) {
    this.#host = host
    this.#toggle.addEventListener('click', () => host.toggle())
    const grip = element('button', {
      type: 'button',
      class: 'grip',
      'aria-label': 'Move',
      title: 'Drag, or press the arrow keys; Home puts it back',
    })
    const heading = element(
      'header',
      {},
      grip,
      element('span', { class: 'dot' }),
      this.#label,
      this.#status,
      this.#toggle,
    )
    this.#details = element(
      'div',
      { id: 'details', class: 'details' },
      this.#flags,
      ...[this.#refresh, this.#idle, this.#expiry, this.#end].map(({ row }) => row),
      this.#facts.list,
      element('div', { class: 'actions' }, ...this.#buttons.map(({ button }) => button)),
      this.#log.list,
      this.#outcome,
    )
    this.#root = element('section', { class: 'panel', popover: 'manual' }, heading, this.#details)
    makeMovable(this.#root, heading, grip)
    // jsdom, in which applications test their pages, has none.
    if ('adoptedStyleSheets' in shadow) shadow.adoptedStyleSheets = [styles()]
    shadow.append(this.#root)
    this.collapsed = false
  }

  set label(label: string) {
    this.#label.textContent = label
    this.#root.setAttribute('aria-label', `Session monitor: ${label}`)
  }

  set collapsed(isCollapsed: boolean) {
    this.#root.classList.toggle('collapsed', isCollapsed)
    this.#details.hidden = isCollapsed
    this.#toggle.setAttribute('aria-expanded', String(!isCollapsed))
  }

  /** Once the element is in a document, as the `index`th of its kind. */
  open(index: number) {
    this.#root.style.setProperty('--index', String(index))
    // Above whatever the page stacks, and free of its transforms; where a browser has no popovers, nearly so.
    this.#root.togglePopover?.(true)
  }

  show(snapshot: Snapshot | null) {
    this.#status.textContent = snapshot?.status ?? 'no session'
    this.#root.dataset.status = snapshot?.status ?? 'none'
    if (!this.#details.hidden) this.#showDetails(snapshot, this.#now())
  }

  /** Once the element is in no document. */
  close() {
    for (const button of this.#buttons) button.callOff()
    this.#dismissedAt = 0
  }

  tell({ name, words, generation }: ToldEvent) {
    this.#log.add(this.#now(), name, words)
    if (generation !== undefined) this.#generation = generation
    if (name === 'prompt-dismissed' && words === 'activity') this.#dismissedAt = Date.now()
  }

  /** What was known of another session. */
  forget() {
    for (const button of this.#buttons) button.callOff()
    this.#log.clear()
    this.#generation = null
    this.#outcome.textContent = ''
  }

  #now(): number {
    return sessionClock(this.#host.session()).now()
  }

  #showDetails(snapshot: Snapshot | null, now: number) {
    const flags: string[] = FLAGS.filter(flag => snapshot?.[flag])
    if (clockAhead() > 0) flags.push(`clock ${timeUntil(clockAhead(), 0)} ahead`)
    this.#flags.replaceChildren(...flags.map(flag => element('span', {}, flag)))
    this.#refresh.show(snapshot?.refreshAt ?? null, now)
    this.#idle.show(snapshot?.idleAt ?? null, now, snapshot?.lastActivityAt ?? now)
    this.#expiry.show(snapshot?.expiresAt ?? null, now)
    this.#end.show(snapshot?.endsAt ?? null, now)
    this.#facts.show(snapshot, {
      now,
      generation: this.#generation,
      otherTabs: this.#host.otherTabs(),
    })
    for (const button of this.#buttons) button.show(snapshot)
  }

  async #run({ name, run }: Action, handsOff: () => Promise<boolean>) {
    const session = this.#host.session()
    if (session === null) return
    const isPromptUp = session.getSnapshot().prompting || Date.now() - this.#dismissedAt < REACH
    const outcome = await run(session, { isPromptUp, handsOff }).catch(errorWords)
    if (this.#host.session() !== session) return
    this.#log.add(this.#now(), name, outcome)
    this.#outcome.textContent = `${name}: ${outcome}`
  }
}

/** A sheet and no element, so that no policy is in its way. */
function styles(): CSSStyleSheet {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(STYLES)
  return sheet
}
