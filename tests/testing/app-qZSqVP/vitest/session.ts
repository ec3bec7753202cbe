import { createSession } from 'session-warden'

export const session = createSession()
