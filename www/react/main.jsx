import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { createSession } from 'session-warden'
import { readConfig } from '../config.js'
import { App } from './app.jsx'
import { Failure } from './failure.jsx'

const root = createRoot(document.body)

try {
  const { profile, session: options, resource } = await readConfig()
  const session = createSession(options)
  globalThis.demoSession = session
  root.render(
    <StrictMode>
      <App session={session} profile={profile} resource={resource ?? '/my-bookings'} />
    </StrictMode>,
  )
} catch (error) {
  root.render(<Failure error={error} />)
}
