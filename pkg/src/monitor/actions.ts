import type { Session } from '../session.js'
import { sessionClock } from '../session-clock.js'
import type { SessionSnapshot } from '../snapshot.js'
import { setClockAhead } from './shifted-clock.js'
import { clock } from './words.js'

type AnySession = Session<unknown, unknown>

/** What an action is told beside the session. */
interface Beside {
  /** Whether the idle prompt is up, or was until the hand went for the button. */
  readonly isPromptUp: boolean
  /** Waits until that hand is off. False: the user called it off. */
  readonly handsOff: () => Promise<boolean>
}

/** What the panel's buttons do: what a page can ask of a session, or do to its own clock, and nothing beyond. */
export interface Action {
  readonly name: string
  readonly title: string
  readonly isPossible: (snapshot: SessionSnapshot<unknown, unknown>) => boolean
  /** Returns how it went. */
  readonly run: (session: AnySession, beside: Beside) => Promise<string>
}

const isSignedIn: Action['isPossible'] = ({ status }) => status === 'authenticated'

export const ACTIONS: readonly Action[] = [
  {
    name: 'Refresh',
    title: 'Fetch new tokens now',
    isPossible: isSignedIn,
    async run(session) {
      await session.refresh()
      return 'done'
    },
  },
  {
    name: 'Expire',
    title: 'Let the access token count as expired',
    isPossible: isSignedIn,
    async run(session) {
      const accessToken = session.peekAccessToken()
      if (accessToken === null) return 'no script sees the token'
      await session.setTokens({ accessToken, expiresAt: sessionClock(session).now() - 1 }, { as: 'refresh' })
      return 'expired'
    },
  },
  {
    name: 'Go idle',
    title:
      'Set the page’s clock ahead to the idle prompt, then to the idle logout; press again to call it off',
    isPossible: ({ idleAt }) => idleAt !== null,
    async run(session, { isPromptUp, handsOff }) {
      if (!(await handsOff())) return 'called off'
      // The way to the button was activity.
      const { promptAt, idleAt } = session.getSnapshot()
      const instant = isPromptUp ? idleAt : (promptAt ?? idleAt)
      if (instant === null) return 'signed out meanwhile'
      setClockAhead(instant)
      // A session looks at the clock when its window gets the focus.
      window.dispatchEvent(new Event('focus'))
      return `it is ${clock(instant)}`
    },
  },
  {
    name: 'Verify',
    title: 'Ask the auth server whether the token is valid',
    isPossible: isSignedIn,
    async run(session) {
      const { valid } = await session.verify()
      if (valid === null) return 'could not be asked'
      return valid ? 'valid' : 'not valid'
    },
  },
  {
    name: 'Stay',
    title: 'Answer the idle prompt',
    isPossible: ({ prompting }) => prompting,
    async run(session) {
      session.stay()
      return 'said'
    },
  },
  {
    name: 'Log out',
    title: 'Sign out, in every tab',
    isPossible: isSignedIn,
    async run(session) {
      await session.logout()
      return 'done'
    },
  },
]
