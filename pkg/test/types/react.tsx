// The part for React; compiled with the types of each React that is promised.
import type { ReactNode } from 'react'
import { type Claims, createSession, type Session, type SessionSnapshot, type User } from 'session-warden'
import {
  type Auth,
  IdlePrompt,
  type IdlePromptLabels,
  RequireSession,
  SessionManager,
  SessionMonitor,
  SessionProvider,
  useAuth,
  useSession,
} from 'session-warden/react'

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<A, B>(_: Same<A, B>): void {}

interface Account {
  id: string
  plan: 'free' | 'paid'
}

/** What the guide for `useAuth` promises its users. */
interface UseAuthReturn {
  isAuthenticated: boolean
  user: unknown
  login: (email: string, password: string) => Promise<void>
  logout: () => void
  refreshTokens: () => Promise<void>
}

const session = createSession<Account>()

export function Account(): ReactNode {
  const snapshot = useSession()
  same<typeof snapshot, SessionSnapshot<User, Claims>>(true)
  const own = useSession<Account, Claims>()
  same<typeof own, SessionSnapshot<Account, Claims>>(true)
  const status = useSession(({ status }) => status)
  same<typeof status, SessionSnapshot['status']>(true)
  const plan = useSession(({ user }: SessionSnapshot<Account>) => user?.plan)
  same<typeof plan, 'free' | 'paid' | undefined>(true)

  const auth = useAuth<Account>()
  same<typeof auth, Auth<Account>>(true)
  const guide: UseAuthReturn = auth
  const { user, login, register, logout, refreshTokens } = auth
  same<typeof user, Account | null>(true)
  void login('ada@example.com', 'secret', { remember: false })
  void login({ name: 'ada', pin: 1 })
  void register({ name: 'ada', pin: 1 }, { remember: false })
  void refreshTokens()

  // @ts-expect-error may be null
  user.plan
  // @ts-expect-error the snapshot has no such member
  useSession(({ stauts }) => stauts)
  // @ts-expect-error a selector is a function
  useSession('status')
  // @ts-expect-error an account has details
  void register()
  // @ts-expect-error there are credentials
  void login()
  // @ts-expect-error the password is text
  void login('ada@example.com', 5)
  // @ts-expect-error not an option of a login
  void login('ada@example.com', 'secret', { rember: true })

  return (
    <button type="button" onClick={logout} disabled={!guide.isAuthenticated}>
      {status}
    </button>
  )
}

const labels: Partial<IdlePromptLabels> = { title: 'Noch da?', remaining: seconds => `noch ${seconds} s` }

export const app = (
  <SessionProvider session={session}>
    <SessionManager />
    <SessionManager
      prompt={<IdlePrompt className="prompt" classNames={{ stay: 'primary' }} labels={labels} />}
    />
    <SessionManager
      session={session as Session<Account>}
      onPrompt={({ endsAt, stay }) => {
        same<typeof endsAt, number>(true)
        return () => stay()
      }}
      onEnd={({ reason, endedBy }) => console.log(reason, endedBy)}
    />
    <SessionManager prompt={null} onPrompt={({ stay }) => stay()} />
    <SessionMonitor />
    <SessionMonitor session={session} label="Mine" collapsed />
    <IdlePrompt>
      {({ secondsLeft, stay }) => (
        <button type="button" onClick={stay}>
          {secondsLeft}
        </button>
      )}
    </IdlePrompt>
    <RequireSession fallback="sign in" loading={<p />} failed={error => error?.code}>
      <Account />
    </RequireSession>
  </SessionProvider>
)

export const refused = (
  <>
    {/* @ts-expect-error a session is needed */}
    <SessionProvider />
    {/* @ts-expect-error options are not a session */}
    <SessionProvider session={{ idleTimeout: 5 }} />
    {/* @ts-expect-error others see something, too */}
    <RequireSession>secret</RequireSession>
    {/* @ts-expect-error the time that is left is a function of seconds */}
    <IdlePrompt labels={{ remaining: 'soon' }} />
    {/* @ts-expect-error no such part */}
    <IdlePrompt classNames={{ button: 'b' }} />
    {/* @ts-expect-error a label is text */}
    <SessionMonitor label={5} />
    {/* @ts-expect-error what is returned is called when the prompt is over */}
    <SessionManager onPrompt={() => 5} />
  </>
)
