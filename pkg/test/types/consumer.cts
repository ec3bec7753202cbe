// The same from CommonJS.
import warden = require('session-warden')

const session: warden.Session<{ id: string }> = warden.createSession<{ id: string }>()
const id: string | undefined = session.getSnapshot().user?.id
if (id !== undefined && warden.isSessionError(session.getSnapshot().error, 'http')) session.dispose()

// @ts-expect-error no such option
warden.createSession({ idleTimout: 5 })
