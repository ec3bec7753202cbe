/** What stands where there is nothing. */
export const NOTHING = '–'

/** An instant as a clock shows it here, with its day where that is not today. */
export function clock(instant: number): string {
  // As Swedes write it, which is as ISO 8601 does: 2026-11-21 18:31:01
  const [day, time = NOTHING] = write(instant).split(' ')
  return day === write(Date.now()).split(' ')[0] ? time : `${day} ${time}`
}

const write = (instant: number) => new Date(instant).toLocaleString('sv')

/** What is left until an instant. */
export function timeUntil(instant: number, now: number): string {
  const seconds = Math.ceil((instant - now) / 1_000)
  return seconds > 0 ? duration(seconds) : 'due'
}

/** What has passed since an instant. */
export function timeSince(instant: number, now: number): string {
  const seconds = Math.floor((now - instant) / 1_000)
  return seconds > 0 ? `${duration(seconds)} ago` : 'now'
}

function duration(seconds: number): string {
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3_600),
    Math.floor(seconds / 60),
  ]
  if (days > 0) return `${days} d ${hours % 24} h`
  if (hours > 0) return `${hours}:${twoDigits(minutes % 60)}:${twoDigits(seconds % 60)}`
  return `${minutes}:${twoDigits(seconds % 60)}`
}

const twoDigits = (count: number) => String(count).padStart(2, '0')

/** The kind of an error. Its message may hold what a server said of a user. */
export function errorWords(error: unknown): string {
  const { code, status } = Object(error) as { code?: unknown; status?: unknown }
  if (typeof code !== 'string') return 'error'
  return typeof status === 'number' ? `${code} ${status}` : code
}
