import { part, setNotice, setText } from './page.js'
import { endInWords, errorInWords } from './words.js'

const views = [...document.querySelectorAll('[data-view]')]
let shown = null

/** Draws what a snapshot says, apart from the clocks. */
export function drawSnapshot(snapshot) {
  const { status, user, claims, refreshing, offline, ending, storage } = snapshot
  const badge = part('status')
  setText(badge, ending ? 'ending' : status)
  badge.dataset.status = status
  part('refreshing').hidden = !refreshing
  part('offline').hidden = !offline
  setNotice(part('degraded'), snapshot.degraded === null ? null : `degraded: ${snapshot.degraded}`)
  setText(part('user-email'), user?.email ?? claims?.email ?? user?.id ?? claims?.sub ?? 'somebody')
  setText(part('storage'), storage === 'local' ? 'this browser' : 'this page only')
  part('storage').dataset.storage = storage
  drawEnd(snapshot)
  drawPrompt(snapshot.prompting)
  if (status === 'failed') drawFailure(snapshot.error)
  show(status)
}

/** Shows why the page cannot work. */
export function drawFailure(error) {
  part('status').dataset.status = 'failed'
  setText(part('status'), 'failed')
  setText(part('failure'), errorInWords(error))
  show('failed')
}

function show(status) {
  if (status === shown) return
  const before = shown
  shown = status
  for (const view of views) view.hidden = view.dataset.view !== status
  // The focused element may just have been hidden; whoever uses the keyboard goes on from the new heading.
  if (before === 'authenticated' || before === 'unauthenticated') {
    views
      .find(view => view.dataset.view === status)
      ?.querySelector('h2')
      ?.focus()
  }
}

function drawEnd({ endReason, endedBy }) {
  const notice = part('end-reason')
  notice.dataset.reason = endReason ?? ''
  setNotice(notice, endReason === null ? null : endInWords(endReason, endedBy))
}

function drawPrompt(prompting) {
  const prompt = part('prompt')
  if (prompting && !prompt.open) prompt.showModal()
  if (!prompting && prompt.open) prompt.close()
}
