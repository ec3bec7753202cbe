import axios, { type AxiosInstance, type CreateAxiosDefaults } from 'axios'
import { throughSession } from './axios-adapter.js'
import { SEND, type Sending } from './send.js'
import type { Session } from './session.js'

declare module 'axios' {
  interface AxiosRequestConfig {
    /** Whether the session has nothing to do with it: no token, no retry. Default: false. */
    skipSession?: boolean
    /** Whether a 401 is answered with a refresh and one retry. Default: true. */
    retry?: boolean
  }
}

/** What goes for all requests of an attached instance that do not say otherwise. */
export interface AttachOptions {
  /** Whether a 401 is answered with a refresh and one retry. Default: true. */
  retry?: boolean
}

/**
 * Sends the requests of an axios instance as `session.fetch` would: with the access token, to the session's `origins`
 * only, after a refresh where it is due. A 401 is answered with one refresh, which all share, and one retry; new tokens
 * in response headers and those in the answer to a login are taken up. A request with its own `Authorization` or `auth`
 * is left alone. Returns what ends that.
 *
 * Interceptors and transforms run once for a request, however often it is sent. `timeout` counts for each sending, and
 * not for the wait for a token. No token is in the `config` of a response or an error. Requests reject as axios' do, and
 * with `RefreshUnavailableError` and `NotReplayableError` as `session.fetch` does.
 *
 * Any number of instances can share a session. To attach a session twice is to attach it once, until each has been ended.
 */
export function attachSession<U, C>(
  instance: AxiosInstance,
  session: Session<U, C>,
  { retry = true }: AttachOptions = {},
): () => void {
  const { [SEND]: send } = session as Partial<Sending>
  // On a server nobody is signed in, and requests go as they are.
  if (send === undefined) return () => {}
  const { request } = instance.interceptors
  const id = request.use(
    config => {
      if (!config.skipSession) config.adapter = throughSession(config.adapter, send, config.retry ?? retry)
      return config
    },
    null,
    // One that is not would make axios wait a turn before it runs the application's own.
    { synchronous: true },
  )
  return () => request.eject(id)
}

/** An axios instance with `config` as its defaults, and the session attached. */
export function createApi<U, C>(session: Session<U, C>, config: CreateAxiosDefaults = {}): AxiosInstance {
  const instance = axios.create(config)
  attachSession(instance, session)
  return instance
}
