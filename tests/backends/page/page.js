// The page of an application, with the session and the sign-in of docs/backends.md. What it shows is what
// tests/e2e/support/tab.mjs looks at.
import { session } from './session.js'
import * as signIn from './sign-in.js'

const part = name => document.querySelector(`[data-testid="${name}"]`)

globalThis.demoSession = session

function draw() {
  const { status, error, endReason } = session.getSnapshot()
  part('status').dataset.status = status
  part('status').textContent = status
  part('end-reason').dataset.reason = endReason ?? ''
  part('form').hidden = status !== 'unauthenticated'
  if (error !== null) part('failure').textContent = error
}

for (const name of ['login', 'refresh', 'refresh-failed', 'refresh-rejected', 'end', 'user-changed']) {
  session.on(name, ({ generation }) => {
    const item = document.createElement('li')
    item.dataset.event = name
    item.textContent = name
    part('events').prepend(item)
    if (generation !== undefined) part('generation').textContent = generation
  })
}

/** Does `work` and shows what went wrong. */
async function attempt(work) {
  try {
    await work()
  } catch (error) {
    part('failure').textContent = error
  }
}

part('form').addEventListener('submit', event => {
  event.preventDefault()
  attempt(() => signIn.signIn(part('email').value, part('password').value))
})
part('log-out').addEventListener('click', () => attempt(session.logout))
session.subscribe(draw)
await attempt(async () => signIn.finishSignIn?.())
draw()
