import { useEffect, useState } from 'react'

/**
 * Shows or hides the session monitor. An application would put `<SessionMonitor />`, which is there in development only:
 * this page is built for production.
 */
export function Panel({ session }) {
  const [isShown, setShown] = useState(false)
  useEffect(() => {
    if (!isShown) return undefined
    let remove = () => {}
    let isWanted = true
    import('session-warden/monitor').then(({ mountSessionMonitor }) => {
      if (isWanted) remove = mountSessionMonitor(session)
    })
    return () => {
      isWanted = false
      remove()
    }
  }, [session, isShown])
  return (
    <label className="choice">
      <input type="checkbox" checked={isShown} onChange={event => setShown(event.target.checked)} /> Show the
      session monitor
    </label>
  )
}
