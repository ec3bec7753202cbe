import { createSession } from '/session-warden/esm/index.js'
import { wireActions } from './actions.js'
import { drawClocks } from './clocks.js'
import { listEvents } from './event-list.js'
import { part, setText } from './page.js'
import { wireSignIn } from './sign-in.js'
import { drawFailure, drawSnapshot } from './view.js'

part('reload').addEventListener('click', () => location.reload())

try {
  start(await readConfig())
} catch (error) {
  drawFailure(error)
}

function start({ profile, session: options, resource }) {
  setText(part('profile'), profile)
  const session = createSession(options)
  globalThis.demoSession = session

  const draw = () => {
    drawSnapshot(session.getSnapshot())
    drawClocks(session.getSnapshot())
  }
  listEvents(session)
  wireSignIn(session)
  wireActions(session, resource)
  session.subscribe(draw)
  setInterval(() => drawClocks(session.getSnapshot()), 1_000)
  draw()
}

/** What the server was started with: the profile it plays, and short times for those who want to watch. */
async function readConfig() {
  const response = await fetch('/config.json')
  if (!response.ok) throw new Error(`the demo's /config.json answered ${response.status}`)
  return response.json()
}
