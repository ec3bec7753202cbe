// The same from CommonJS.
import axios = require('axios')
import warden = require('session-warden')
import wardenAxios = require('session-warden/axios')

const api: axios.AxiosInstance = wardenAxios.createApi(warden.createSession(), { retry: false })
api.get('/things', { skipSession: true })

// @ts-expect-error a flag
api.get('/things', { skipSession: 1 })
