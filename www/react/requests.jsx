import { useState } from 'react'
import { useAuth } from 'session-warden/react'
import { errorInWords } from '../words.js'

/** What a signed-in user can do, and what came of it. */
export function Requests({ session, resource }) {
  const { logout, refreshTokens } = useAuth()
  const [result, setResult] = useState(null)
  const [isBusy, setBusy] = useState(false)

  const does = action => async () => {
    setBusy(true)
    try {
      setResult(await action())
    } catch (error) {
      setResult(errorInWords(error))
    } finally {
      setBusy(false)
    }
  }

  const call = does(async () => {
    const response = await session.fetch(resource)
    return `${response.status} ${response.statusText}\n${await response.text()}`
  })

  const refresh = does(async () => {
    await refreshTokens()
    return 'Refreshed.'
  })

  return (
    <>
      <div className="buttons">
        <button
          type="button"
          className="primary"
          onClick={call}
          disabled={isBusy}
          data-testid="call-protected"
        >
          Call a protected route
        </button>
        <button type="button" onClick={refresh} disabled={isBusy} data-testid="refresh-now">
          Refresh now
        </button>
        <button type="button" onClick={logout} data-testid="log-out">
          Log out
        </button>
      </div>
      {result !== null && (
        <output className="answer" data-testid="protected-result">
          {result}
        </output>
      )}
    </>
  )
}
