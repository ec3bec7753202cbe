import type { Claims } from './claims.js'
import { INERT } from './core-snapshot.js'
import { EnvironmentError } from './errors.js'
import { checkListener } from './listeners.js'
import type { Session } from './session.js'

/** The session where there is no page: signed out for good, touching nothing. */
export function createInertSession<U, C = Claims>(): Omit<Session<U, C>, typeof Symbol.dispose> {
  const refuse = () =>
    Promise.reject(new EnvironmentError('a session needs a page: there is no document here'))
  const nothing = () => {}
  return {
    ready: Promise.resolve(INERT),
    getSnapshot: () => INERT,
    subscribe: () => nothing,
    on(event, listener) {
      checkListener(event, listener)
      return nothing
    },
    login: refuse,
    register: refuse,
    changePassword: refuse,
    setTokens: refuse,
    getAccessToken: async () => null,
    peekAccessToken: () => null,
    refresh: refuse,
    verify: async () => ({ valid: null, reason: 'environment' }),
    logout: async () => {},
    touch: nothing,
    stay: nothing,
    hasRole: () => false,
    fetch: (input, init) => fetch(input, init),
    dispose: nothing,
  }
}
