import type { TokenHeaders } from './options.js'

/** The tokens in a response's headers, as an answer of the auth server would have them in its body. */
export function tokensBeside(header: (name: string) => string | null, names: TokenHeaders = {}) {
  // An empty header says nothing.
  const find = (name: string) => header(name) || undefined
  return {
    access_token: find(names.newAccessToken ?? 'x-new-access-token'),
    refresh_token: find(names.newRefreshToken ?? 'x-new-refresh-token'),
    expires_at: find(names.tokenExpiry ?? 'x-token-expiry'),
    user_id: find(names.userId ?? 'x-user-id'),
  }
}
