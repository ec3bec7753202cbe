const session = require('./session.js')

exports.greeting = () => `Hello ${session.session.getSnapshot().user?.name ?? 'stranger'}`
