// The same from CommonJS.
import warden = require('session-warden')
import compat = require('session-warden/compat')

const session: warden.Session<{ id: string }> = warden.createSession<{ id: string }>()
const id: string | undefined = session.getSnapshot().user?.id
if (id !== undefined && warden.isSessionError(session.getSnapshot().error, 'http')) session.dispose()
new compat.ApiClient('/api', new compat.TokenManager(session)).get<string>('/things')

// @ts-expect-error no such option
warden.createSession({ idleTimout: 5 })
