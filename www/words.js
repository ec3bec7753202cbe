const REASONS = {
  logout: 'You signed out.',
  idle: 'You were signed out because nothing happened for a while.',
  expired: 'Your session ran out and could not be renewed.',
  'refresh-rejected': 'The server did not renew your session.',
  'token-invalid': 'The server no longer accepts your session.',
  'max-age': 'Your session reached its longest duration.',
  'storage-cleared': 'What this site had stored was removed.',
  'user-changed': 'Somebody else signed in.',
  'browser-closed': 'The browser was closed.',
}

/** Why a session ended, for its user. */
export function endInWords(reason, endedBy) {
  if (reason === 'logout' && endedBy === 'other-tab') return 'You signed out in another tab.'
  return REASONS[reason] ?? `Your session ended (${reason}).`
}

const PROBLEMS = {
  network: 'The server cannot be reached. Is it running?',
  timeout: 'The server did not answer in time.',
  'refresh-unavailable': 'The auth server is out of reach; you are still signed in.',
}

/** What went wrong, for the user. */
export function errorInWords(error) {
  return PROBLEMS[error.code] ?? error.message
}

/** A length of time: `4:05`, or `1:04:05`. */
export function duration(milliseconds) {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1_000))
  const two = value => String(value).padStart(2, '0')
  const hours = Math.floor(seconds / 3_600)
  const minutes = Math.floor(seconds / 60) % 60
  const rest = two(seconds % 60)
  return hours > 0 ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`
}

/** A moment: the time of day, to the second. */
export function timeOfDay(instant) {
  return new Date(instant).toLocaleTimeString()
}
