import { useState } from 'react'
import { useAuth, useSession } from 'session-warden/react'
import { endInWords, errorInWords } from '../words.js'

export function SignIn() {
  const { login, register } = useAuth()
  const { endReason, endedBy } = useSession(({ endReason, endedBy }) => ({ endReason, endedBy }))
  const [problem, setProblem] = useState('')
  const [isBusy, setBusy] = useState(false)

  async function submit(event) {
    event.preventDefault()
    const credentials = Object.fromEntries(new FormData(event.currentTarget))
    setProblem('')
    setBusy(true)
    try {
      await (event.nativeEvent.submitter?.value === 'register' ? register : login)(credentials)
    } catch (error) {
      setProblem(errorInWords(error))
    } finally {
      setBusy(false)
    }
  }

  return (
    <section className="card narrow" aria-labelledby="welcome-title">
      <h2 id="welcome-title">Sign in</h2>
      {endReason !== null && (
        <p className="notice" role="status" data-testid="end-reason" data-reason={endReason}>
          {endInWords(endReason, endedBy)}
        </p>
      )}
      <form method="post" onSubmit={submit} data-testid="form">
        <label htmlFor="email">E-mail</label>
        <input id="email" name="email" type="email" autoComplete="username" required data-testid="email" />
        <label htmlFor="password">Password</label>
        <input
          id="password"
          name="password"
          type="password"
          autoComplete="current-password"
          minLength={8}
          required
          aria-describedby="password-hint"
          data-testid="password"
        />
        <p className="quiet small" id="password-hint">
          At least 8 characters. Any address will do: no mail is sent.
        </p>
        <p className="error" role="alert" data-testid="form-error">
          {problem}
        </p>
        <div className="buttons">
          <button type="submit" className="primary" value="login" disabled={isBusy} data-testid="log-in">
            Log in
          </button>
          <button type="submit" value="register" disabled={isBusy} data-testid="register">
            Register
          </button>
        </div>
      </form>
    </section>
  )
}
