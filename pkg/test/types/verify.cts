// The same from CommonJS.
import warden = require('session-warden')
import verify = require('session-warden/verify')

const verifier: verify.Verifier<warden.Claims> = verify.createVerifier({ jwksUrl: '/keys' })
verify.verifySession(warden.createSession(), verifier)

// @ts-expect-error a verifier is needed
verify.verifySession(warden.createSession())
