import type { TokenHeaders } from './options.js'

/**
 * The tokens in a response's headers, as an answer of the auth server would have them in its body; only what is there.
 */
export function tokensBeside(
  header: (name: string) => string | null,
  names: TokenHeaders = {},
): Record<string, string> {
  const found = {
    access_token: header(names.newAccessToken ?? 'x-new-access-token'),
    refresh_token: header(names.newRefreshToken ?? 'x-new-refresh-token'),
    expires_at: header(names.tokenExpiry ?? 'x-token-expiry'),
    user_id: header(names.userId ?? 'x-user-id'),
  }
  return Object.fromEntries(Object.entries(found).filter((entry): entry is [string, string] => !!entry[1]))
}
