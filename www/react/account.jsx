import { useAuth, useSession } from 'session-warden/react'
import { Clocks } from './clocks.jsx'
import { Panel } from './panel.jsx'
import { Requests } from './requests.jsx'

export function Account({ session, resource }) {
  const { user } = useAuth()
  const claims = useSession(snapshot => snapshot.claims)
  return (
    <div className="columns">
      <section className="card" aria-labelledby="session-title">
        <h2 id="session-title">
          Signed in as{' '}
          <span data-testid="user-email">{user?.email ?? claims?.email ?? user?.id ?? claims?.sub}</span>
        </h2>
        <Clocks />
        <p className="quiet small">
          <a href="/" target="_blank" rel="noopener">
            Open the page without React
          </a>{' '}
          beside it: it is the same session.
        </p>
      </section>
      <section className="card" aria-labelledby="try-title">
        <h2 id="try-title">Try it</h2>
        <Requests session={session} resource={resource} />
        <Panel session={session} />
      </section>
    </div>
  )
}
