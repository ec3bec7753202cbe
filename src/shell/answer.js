// Tokens as servers hand them out: under many names, with their end told in many ways.

/** The first member of those names that is there. A member may refuse to be read. */
function first(object, ...names) {
  for (const name of names) {
    try {
      const value = object[name]
      if (value !== undefined && value !== null) return value
    } catch {}
  }
}

/**
 * What there is of a grant in `answer`: access token, refresh token, lifetime in milliseconds, subject and user, which
 * is JSON text. Of the tokens nothing is checked but that the access token can be sent. In place of a lifetime that makes
 * no sense is its name. The last five are what their members are called, unless as usual.
 */
export function readGrant(answer, isFresh, now, access, refresh, expiresIn, expiresAt, user) {
  const find = (name, ...usual) => (name === undefined ? first(answer, ...usual) : first(answer, name))
  const token = find(access, 'access_token', 'accessToken', 'token')
  const claims = payload(token)
  const left = find(expiresAt, 'expires_at', 'expiresAt')
  const length = find(expiresIn, 'expires_in', 'expiresIn')
  const person = find(user, 'user')
  const isObject = typeof person === 'object'
  const subject = first(answer, 'user_id', 'userId') ?? (isObject ? first(person, 'id', 'sub') : undefined)
  return [
    canBeSent(token) ? token : undefined,
    find(refresh, 'refresh_token', 'refreshToken'),
    isNonsense(length, number)
      ? 'expires_in'
      : isNonsense(left, instant)
        ? 'expires_at'
        : lifetime(isFresh, now, number(length) * 1_000, instant(left) - now, claims),
    text(subject) ?? text(first(claims, 'sub', 'user_id')),
    isObject ? json(person) : undefined,
  ]
}

/** An `exp` further ahead than this, in milliseconds, was meant in milliseconds, or not at all. */
const LONGEST = 400 * 24 * 60 * 60 * 1_000

/** How long the token lives from now. What is not known is NaN, which compares with nothing. */
function lifetime(isFresh, now, length, left, claims) {
  const [expires, issued] = [seconds(claims, 'exp'), seconds(claims, 'iat')]
  const ownLength = positive((expires - issued) * 1_000)
  const ownLeft = expires * 1_000 - now < LONGEST ? Math.max(0, expires * 1_000 - now) : undefined
  // The server's clock is not ours: a length beats an instant, and an instant in the past is wrong.
  if (isFresh) return positive(length) ?? positive(left) ?? ownLength ?? positive(ownLeft)
  // A token that has been kept has less left than its length, and past its end it is due, not dead.
  if (!Number.isNaN(left)) return Math.max(0, left)
  return positive(length) ?? (ownLength < ownLeft ? ownLength : (ownLeft ?? ownLength))
}

/** What is thrown where a header's value is refused may quote it: the token would be in the page's errors. */
const canBeSent = token => typeof token !== 'string' || !/[^\t -\xff]/.test(token.trim())

const isNonsense = (value, read) => value !== undefined && Number.isNaN(read(value))

const positive = value => (value > 0 ? value : undefined)

/** A number, or a string that is one: some servers quote it. */
function number(value) {
  const found = typeof value === 'string' && value !== '' ? Number(value) : value
  return Number.isFinite(found) ? found : Number.NaN
}

/** Seconds, milliseconds (beyond 1e11) or an ISO date, as milliseconds. */
function instant(value) {
  const at = number(value)
  if (at > 1e11) return Math.trunc(at)
  const milliseconds = typeof value === 'string' && Number.isNaN(at) ? Date.parse(value) : at * 1_000
  return milliseconds > 0 ? Math.trunc(milliseconds) : Number.NaN
}

/**
 * The payload of a signed JWT, which has three parts. Undefined for a token that is opaque, encrypted or damaged. Not
 * verified: only the server that issued it can do that. The package reads it with this as well.
 */
export function payload(token) {
  try {
    const [, text, ...rest] = token.split('.')
    // `atob` gives one character for each byte, which garbles every name beyond ASCII.
    const bytes = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
    if (rest.length === 1) return JSON.parse(decodeURIComponent(escape(bytes)))
  } catch {}
}

function seconds(claims, name) {
  const at = first(claims, name)
  return typeof at === 'number' && at > 0 ? Math.trunc(at) : Number.NaN
}

/** A string, or the whole number that some issuers put in its place. */
function text(value) {
  if (typeof value === 'number') return String(Math.max(0, Math.trunc(value) || 0))
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** The application's own objects may refuse to be text. */
function json(value) {
  try {
    return JSON.stringify(value)
  } catch {}
}
