import { RequireSession, SessionManager, SessionProvider } from 'session-warden/react'
import { Account } from './account.jsx'
import { Bar } from './bar.jsx'
import { Failure } from './failure.jsx'
import { SignIn } from './sign-in.jsx'

export function App({ session, profile, resource }) {
  return (
    <SessionProvider session={session}>
      <SessionManager />
      <Bar profile={profile} />
      <main>
        <RequireSession
          loading={<p className="card narrow quiet">Reading the stored session…</p>}
          failed={error => <Failure error={error} />}
          fallback={<SignIn />}
        >
          <Account session={session} resource={resource} />
        </RequireSession>
      </main>
    </SessionProvider>
  )
}
