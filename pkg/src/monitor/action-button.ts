import type { SessionSnapshot } from '../snapshot.js'
import type { Action } from './actions.js'
import { element } from './dom.js'

/** What the hand that pressed a button has to leave the mouse, in seconds. */
const HANDS_OFF = 3

/** The button of an action. */
export class ActionButton {
  readonly button: HTMLButtonElement
  readonly #action: Action
  #callOff: (() => void) | null = null

  constructor(action: Action, run: (action: Action, handsOff: () => Promise<boolean>) => void) {
    this.#action = action
    this.button = element('button', { type: 'button', title: action.title }, action.name)
    this.button.addEventListener('click', () => {
      if (this.#callOff !== null) this.callOff()
      else if (this.button.getAttribute('aria-disabled') === 'false') run(action, () => this.#handsOff())
    })
  }

  show(snapshot: SessionSnapshot<unknown, unknown> | null) {
    // One that is `disabled` would lose the focus.
    this.button.setAttribute('aria-disabled', String(snapshot === null || !this.#action.isPossible(snapshot)))
  }

  /** What waits for the hand to be off is not done. */
  callOff() {
    this.#callOff?.()
  }

  /** Counts down, where everybody looks. False: it was called off. */
  #handsOff(): Promise<boolean> {
    return new Promise(resolve => {
      let seconds = HANDS_OFF
      const end = (isOff: boolean) => {
        clearInterval(timer)
        this.#callOff = null
        this.button.textContent = this.#action.name
        resolve(isOff)
      }
      const show = () => {
        this.button.textContent = `Hands off ${seconds}`
      }
      const timer = setInterval(() => {
        seconds -= 1
        if (seconds === 0) end(true)
        else show()
      }, 1_000)
      this.#callOff = () => end(false)
      show()
    })
  }
}
