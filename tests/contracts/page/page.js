// An application's page: what the tests look at, and the session as docs/systems.md configures it.

import { session } from '/session.js'
import * as compat from '/session-warden/esm/compat.js'

const part = name => document.querySelector(`[data-testid="${name}"]`)

function draw() {
  const { status, error, endReason } = session.getSnapshot()
  part('status').dataset.status = status
  part('failure').textContent = error?.message ?? ''
  part('end-reason').dataset.reason = endReason ?? ''
  part('form').hidden = status !== 'unauthenticated'
}

function note(name, payload) {
  const item = document.createElement('li')
  item.dataset.event = name
  part('events').prepend(item)
  if (name === 'refresh') part('generation').textContent = payload.generation
}

for (const name of [
  'login',
  'refresh',
  'refresh-failed',
  'refresh-rejected',
  'prompt',
  'end',
  'user-changed',
])
  session.on(name, payload => note(name, payload))
session.subscribe(draw)
const loadVerify = () => import('/session-warden/esm/verify.js')
Object.assign(globalThis, { demoSession: session, compat, loadVerify })
draw()
