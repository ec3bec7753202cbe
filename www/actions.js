import { part, setNotice } from './page.js'
import { errorInWords } from './words.js'

/** Makes the buttons of a signed-in page do what they say. `resource` is what only who is signed in may ask for. */
export function wireActions(session, resource = '/my-bookings') {
  wire('call-protected', () => answerOf(session.fetch(resource)))
  wire('add-booking', () => answerOf(session.fetch(resource, booking())))
  wire('refresh-now', async () => {
    await session.refresh()
    return 'Refreshed.'
  })
  wire('verify', async () => {
    const { valid } = await session.verify()
    if (valid === null) return 'The server could not be asked.'
    return valid ? 'The server says that the token is valid.' : 'The server says that the token is not valid.'
  })
  wire('log-out', () => session.logout())
  wire('log-out-everywhere', () => session.logout({ everywhere: true }))
  // The next to sign in may be somebody else.
  session.on('end', () => setNotice(part('protected-result'), null))
  part('stay').addEventListener('click', () => session.stay())
}

/** Runs `action` at each click, one at a time, and shows what it has to say. */
function wire(name, action) {
  const button = part(name)
  button.addEventListener('click', async () => {
    const result = part('protected-result')
    button.disabled = true
    try {
      setNotice(result, (await action()) ?? null)
    } catch (error) {
      setNotice(result, errorInWords(error))
    } finally {
      button.disabled = false
    }
  })
}

function booking() {
  const title = `Table for two, ${new Date().toLocaleTimeString()}`
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ title }) }
}

async function answerOf(sent) {
  const response = await sent
  const text = await response.text()
  return `${response.status} ${response.statusText}\n${indented(text)}`
}

function indented(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}
