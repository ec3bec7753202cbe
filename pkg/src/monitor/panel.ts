import { pageClock } from '../page-clock.js'
import type { Session } from '../session.js'
import type { SessionSnapshot } from '../snapshot.js'
import { ACTIONS, type Action } from './actions.js'
import { Countdown } from './countdown.js'
import { element } from './dom.js'
import { EventLog } from './event-log.js'
import type { ToldEvent } from './events.js'
import { Facts } from './facts.js'
import { makeMovable } from './movable.js'
import { STYLES } from './styles.js'
import { errorWords } from './words.js'

type Snapshot = SessionSnapshot<unknown, unknown>

/** What the panel's own buttons reach. */
export interface PanelHost {
  session(): Session<unknown, unknown> | null
  toggle(): void
}

/** What is worth a word beside the status. */
const FLAGS = ['prompting', 'refreshing', 'offline', 'ending'] as const

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
  readonly #buttons = ACTIONS.map(action => ({ action, button: this.#buttonOf(action) }))
  readonly #log = new EventLog()
  readonly #outcome = element('p', { class: 'outcome', role: 'status' })
  readonly #details: HTMLElement
  #generation: number | null = null

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

  tell({ name, words, generation }: ToldEvent) {
    this.#log.add(this.#now(), name, words)
    if (generation !== undefined) this.#generation = generation
  }

  /** What was known of another session. */
  forget() {
    this.#log.clear()
    this.#generation = null
    this.#outcome.textContent = ''
  }

  #now(): number {
    return pageClock(this.#host.session()).now()
  }

  #showDetails(snapshot: Snapshot | null, now: number) {
    this.#flags.replaceChildren(
      ...FLAGS.filter(flag => snapshot?.[flag]).map(flag => element('span', {}, flag)),
    )
    this.#refresh.show(snapshot?.refreshAt ?? null, now)
    this.#idle.show(snapshot?.idleAt ?? null, now, snapshot?.lastActivityAt ?? now)
    this.#expiry.show(snapshot?.expiresAt ?? null, now)
    this.#end.show(snapshot?.endsAt ?? null, now)
    this.#facts.show(snapshot, { now, generation: this.#generation })
    // One that is `disabled` would lose the focus.
    for (const { action, button } of this.#buttons)
      button.setAttribute('aria-disabled', String(snapshot === null || !action.isPossible(snapshot)))
  }

  #buttonOf(action: Action): HTMLButtonElement {
    const button = element('button', { type: 'button', title: action.title }, action.name)
    button.addEventListener('click', () => {
      if (button.getAttribute('aria-disabled') === 'false') this.#run(action)
    })
    return button
  }

  async #run({ name, run }: Action) {
    const session = this.#host.session()
    if (session === null) return
    const outcome = await run(session).catch(errorWords)
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
