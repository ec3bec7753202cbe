import type { Session } from '../session.js'
import type { SessionSnapshot } from '../snapshot.js'

type AnySession = Session<unknown, unknown>

/** What the panel's buttons do: what a page can ask of a session, and nothing beyond. */
export interface Action {
  readonly name: string
  readonly title: string
  readonly isPossible: (snapshot: SessionSnapshot<unknown, unknown>) => boolean
  /** Returns how it went. */
  readonly run: (session: AnySession) => Promise<string>
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
