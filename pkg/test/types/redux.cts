// The part for Redux Toolkit from CommonJS.
import warden = require('session-warden')
import wardenRedux = require('session-warden/redux')

wardenRedux.createAuthSlice(warden.createSession()).reducer

// @ts-expect-error a session is needed
wardenRedux.createAuthSlice()
