/** What the stub core does and remembers; set anew for each page. */
const untouched = () => ({ cores: [], modules: [], answers: {}, failWith: null })

/** A page as far as the package looks at one, with a stage for stub cores. */
export function openPage(href = 'https://app.example/start') {
  const { origin, pathname } = new URL(href)
  // The same object throughout: the stub holds on to it.
  globalThis.stubStage ??= {}
  const page = { visited: [], reported: [], stage: Object.assign(globalThis.stubStage, untouched()) }
  globalThis.document = { baseURI: href }
  globalThis.location = { origin, pathname, assign: url => page.visited.push(url) }
  globalThis.reportError = error => page.reported.push(error)
  const events = new EventTarget()
  for (const name of ['addEventListener', 'removeEventListener', 'dispatchEvent'])
    globalThis[name] = events[name].bind(events)
  return page
}

const PARTS = [
  'document',
  'location',
  'reportError',
  'addEventListener',
  'removeEventListener',
  'dispatchEvent',
  Symbol.for('session-warden@1'),
]

/** Takes the page away, with what the package left on the global object. */
export function closePage() {
  for (const name of PARTS) delete globalThis[name]
}

/** Everything that was already settled has been heard of. */
export const settled = () => new Promise(resolve => setImmediate(resolve))
