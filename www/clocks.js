import { part, setText } from './page.js'
import { duration, timeOfDay } from './words.js'

/** Draws everything that moves by itself. Called once a second. */
export function drawClocks(snapshot, now = Date.now()) {
  const { refreshAt, expiresAt, idleAt, promptAt, lastActivityAt, endsAt } = snapshot
  const issuedAt = whenIssued(snapshot, now)
  drawCountdown('refresh', refreshAt, issuedAt, now)
  drawCountdown('expiry', expiresAt, issuedAt, now)
  drawCountdown('idle', idleAt, lastActivityAt, now)
  setText(part('prompt-countdown'), promptAt === null ? 'off' : duration(promptAt - now))
  setText(part('last-activity'), lastActivityAt === null ? 'none yet' : ago(lastActivityAt, now))
  setText(part('prompt-left'), duration((idleAt ?? endsAt ?? now) - now))
}

function drawCountdown(name, at, from, now) {
  const left = part(`${name}-countdown`)
  setText(left, at === null ? 'off' : duration(at - now))
  left.dataset.seconds = at === null ? '' : String(Math.max(0, Math.ceil((at - now) / 1_000)))
  const bar = document.querySelector(`[data-bar="${name}"]`)
  bar.hidden = at === null || from === null
  bar.max = Math.max(1, (at ?? 0) - (from ?? 0))
  bar.value = Math.max(0, (at ?? 0) - now)
}

/** An opaque token does not say when it was issued: then its bar starts when it was first seen. */
let firstSeen = { expiresAt: null, at: null }

function whenIssued({ expiresAt, claims }, now) {
  if (expiresAt === null) return null
  if (typeof claims?.exp === 'number' && typeof claims.iat === 'number') {
    return expiresAt - (claims.exp - claims.iat) * 1_000
  }
  if (firstSeen.expiresAt !== expiresAt) firstSeen = { expiresAt, at: now }
  return firstSeen.at
}

function ago(instant, now) {
  const seconds = Math.max(0, Math.round((now - instant) / 1_000))
  return seconds < 2 ? 'just now' : `${duration(now - instant)} ago, ${timeOfDay(instant)}`
}
