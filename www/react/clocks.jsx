import { useEffect, useState } from 'react'
import { useSession } from 'session-warden/react'
import { duration } from '../words.js'

export function Clocks() {
  const now = useNow()
  const { refreshAt, expiresAt, idleAt } = useSession(({ refreshAt, expiresAt, idleAt }) => ({
    refreshAt,
    expiresAt,
    idleAt,
  }))
  return (
    <dl className="clocks">
      <Countdown name="refresh" label="Silent refresh in" at={refreshAt} now={now} />
      <Countdown name="expiry" label="Access token expires in" at={expiresAt} now={now} />
      <Countdown name="idle" label="Idle logout in" at={idleAt} now={now} />
    </dl>
  )
}

function Countdown({ name, label, at, now }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd data-testid={`${name}-countdown`}>{at === null ? 'off' : duration(at - now)}</dd>
    </div>
  )
}

/** The time, once a second. */
function useNow() {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000)
    return () => clearInterval(timer)
  }, [])
  return now
}
