const { createSession } = require('session-warden')

exports.session = createSession()
