// The panel for development from CommonJS.
import warden = require('session-warden')
import wardenMonitor = require('session-warden/monitor')

const remove: () => void = wardenMonitor.mountSessionMonitor(warden.createSession())
remove()

// @ts-expect-error a session is needed
wardenMonitor.mountSessionMonitor()
