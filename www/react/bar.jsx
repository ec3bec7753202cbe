import { useSession } from 'session-warden/react'

export function Bar({ profile }) {
  const status = useSession(snapshot => snapshot.status)
  const isRefreshing = useSession(snapshot => snapshot.refreshing)
  const isOffline = useSession(snapshot => snapshot.offline)
  return (
    <header className="bar">
      <img src="/icon.svg" alt="" width="28" height="28" />
      <h1>Session Warden in React</h1>
      <span className="profile">{profile}</span>
      <p className="states" aria-live="polite">
        <span className="badge" data-testid="status" data-status={status}>
          {status}
        </span>
        {isRefreshing && (
          <span className="badge" data-tone="calm">
            refreshing
          </span>
        )}
        {isOffline && (
          <span className="badge" data-tone="warning">
            auth server out of reach
          </span>
        )}
      </p>
    </header>
  )
}
