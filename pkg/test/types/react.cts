// The part for React from CommonJS.
import warden = require('session-warden')
import wardenReact = require('session-warden/react')

wardenReact.SessionProvider({ session: warden.createSession() })

// @ts-expect-error a session is needed
wardenReact.SessionProvider({})
