// The part for axios; compiled with each axios that is promised.
import axios, { type AxiosInstance } from 'axios'
import { createSession } from 'session-warden'
import { type AttachOptions, attachSession, createApi } from 'session-warden/axios'

const session = createSession<{ id: string }>()
const api: AxiosInstance = createApi(session, { baseURL: '/api', timeout: 5_000, retry: false })
const options: AttachOptions = { retry: false }
const detach: () => void = attachSession(axios.create({ skipSession: true }), session, options)
attachSession(axios, session)
detach()
api.defaults.retry = true
api.get<string>('/things', { params: { a: 1 }, retry: false })
api.request({ url: '/open', skipSession: true })
api.interceptors.request.use(config => ({ ...config, skipSession: config.url === '/open' }))

// @ts-expect-error a retry is wanted or not
api.get('/things', { retry: 3 })
// @ts-expect-error no such option
attachSession(api, session, { retries: 1 })
// @ts-expect-error no session
createApi({ baseURL: '/api' })
