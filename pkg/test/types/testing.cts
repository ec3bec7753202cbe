// A session for tests from CommonJS.
import warden = require('session-warden')
import testing = require('session-warden/testing')

const world: Promise<testing.TestSession> = testing.createTestSession({}, { signedIn: true })
const session: Promise<warden.Session> = world.then(({ session }) => session)
const advanced: Promise<void> = world.then(({ clock }) => clock.advance(5))

export = [session, advanced]

// @ts-expect-error no option
void testing.createTestSession({ idleTimout: 5 })
