import type { ExchangePurpose, ExchangeRequest } from './exchange.js'
import type { AnswerFields } from './options.js'
import { isUnseen } from './unseen.js'
import type { WireOptions } from './wire.js'

type Shape = (purpose: ExchangePurpose, request: ExchangeRequest) => ExchangeRequest

/** How the known exchanges ask for what they want. */
export function inStyle({ exchange, clientId, headers }: WireOptions, fields: AnswerFields): Shape {
  if (exchange.style === 'cookie') return (_, request) => withCookies(request)
  if (exchange.style === 'oauth2') return (purpose, request) => inForm(purpose, request, clientId)
  const field = fields.refreshToken ?? 'refresh_token'
  const header = headers?.sendRefreshToken
  return (purpose, request) => {
    if (request.refreshToken === null) return request
    if (purpose === 'refresh' && header !== undefined) return inHeaders(request, header)
    return { ...request, body: { ...request.body, [field]: request.refreshToken } }
  }
}

/** The browser brings them, but for an access token that the server shows. */
function withCookies({ headers, accessToken, ...request }: ExchangeRequest): ExchangeRequest {
  const isSeen = accessToken !== null && !isUnseen(accessToken)
  const { authorization: _, ...others } = headers
  return {
    ...request,
    headers: isSeen ? headers : others,
    accessToken: isSeen ? accessToken : null,
    refreshToken: null,
  }
}

function inHeaders(request: ExchangeRequest, header: string): ExchangeRequest {
  const { accessToken, refreshToken } = request
  const headers = { authorization: `Bearer ${accessToken}`, [header]: refreshToken as string }
  return { ...request, headers: { ...request.headers, ...headers } }
}

/** RFC 6749, sections 4.3.2 and 6, and RFC 7009, section 2.1. A public client says who it is, and proves nothing. */
function inForm(
  purpose: ExchangePurpose,
  request: ExchangeRequest,
  clientId: string | undefined,
): ExchangeRequest {
  const { accessToken, refreshToken, body } = request
  const form = (members: object) => ({
    ...request,
    headers: {},
    body: new URLSearchParams({ ...members, ...(clientId !== undefined && { client_id: clientId }) }),
  })
  switch (purpose) {
    case 'login':
      return form({ grant_type: 'password', ...body })
    case 'refresh':
      return form({ grant_type: 'refresh_token', refresh_token: refreshToken })
    case 'logout':
    case 'logoutAll':
      return refreshToken === null
        ? form({ token: accessToken, token_type_hint: 'access_token' })
        : form({ token: refreshToken, token_type_hint: 'refresh_token' })
    default:
      return request
  }
}
