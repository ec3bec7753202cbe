import { createSession } from '/session-warden/esm/index.js'
import { wireActions } from './actions.js'
import { drawClocks } from './clocks.js'
import { readConfig } from './config.js'
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
