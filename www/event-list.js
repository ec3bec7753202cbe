import { part, setText } from './page.js'
import { duration, timeOfDay } from './words.js'

/** How many are kept on the page. */
const LONGEST = 100

const NAMES = [
  'login',
  'refresh',
  'refresh-failed',
  'refresh-rejected',
  'prompt',
  'prompt-dismissed',
  'end',
  'user-changed',
  'degraded',
]

/** Lists the session's events, the newest first, and the generation of the token that they tell of. */
export function listEvents(session) {
  setText(part('generation'), 'told at the next refresh')
  for (const name of NAMES) session.on(name, payload => add(name, payload))
  session.on('refresh', ({ generation }) => setText(part('generation'), String(generation)))
}

function add(name, payload) {
  const now = Date.now()
  const item = document.createElement('li')
  item.dataset.event = name
  item.append(
    element('time', timeOfDay(now)),
    element('strong', name),
    element(
      'span',
      Object.entries(payload)
        .map(entry => brief(entry, now))
        .join(', '),
    ),
  )
  const list = part('events')
  list.prepend(item)
  while (list.children.length > LONGEST) list.lastElementChild.remove()
  part('no-events').hidden = true
}

/** One member of a payload in a few words. No payload ever holds a token. */
function brief([key, value], now) {
  if (value === null) return `${key}: none`
  if (key === 'error') return `${value.code}: ${value.message}`
  if (key === 'user') return value.email ?? value.id ?? 'user'
  if (key.endsWith('At')) return `${key}: in ${duration(value - now)}`
  return `${key}: ${value}`
}

function element(name, text) {
  const made = document.createElement(name)
  made.textContent = text
  return made
}
