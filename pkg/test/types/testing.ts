// A session with a clock that a test moves and a server that it scripts.
import type { Session, SessionSnapshot } from 'session-warden'
import {
  createTestSession,
  type HeldAnswers,
  type TestAccount,
  type TestClock,
  type TestHandler,
  type TestReply,
  type TestRequest,
  type TestServer,
  type TestSession,
  type TestSetup,
  type TestTab,
  type TestTarget,
  type TestTokens,
} from 'session-warden/testing'

interface Account {
  id: string
  name: string
}

const ada: TestAccount<Account> = {
  user: { id: '1', name: 'Ada' },
  claims: { roles: ['admin'] },
  expiresIn: 60,
}
const setup: TestSetup<Account> = {
  now: new Date(),
  signedIn: ada,
  url: 'https://app.example.com/',
  seed: 5,
  act: async step => step(),
  advanceTimers: (ms: number) => ms,
}

const world: TestSession<Account> = await createTestSession<Account>({ idleTimeout: 5 }, setup)
const session: Session<Account> = world.session
const name: string | undefined = session.getSnapshot().user?.name

const clock: TestClock = world.clock
await clock.advance()
await clock.advance(5)
await clock.advanceTo(new Date())
await clock.advanceTo(clock.now() + 5)
await clock.sleep(5)

const server: TestServer<Account> = world.server
const target: TestTarget = 'GET /api/things'
const reply: TestReply = { status: 200, body: [], headers: { etag: 'a' }, delay: 5 }
const handler: TestHandler = async ({ body, isAuthorized }: TestRequest) =>
  isAuthorized ? { body: { sent: body } } : undefined
server.on(target, handler)
server.on('refresh', 503)
server.on('refresh', 'invalid_grant')
server.once('https://api.example.com/things', reply)
server.once('POST https://api.example.com/things', new Response())
server.off('/api/*')
const held: HeldAnswers = server.hold('login')
const count: number = held.count + server.count('login')
held.release()
const { user, ...tokens }: TestTokens<Account> = server.grant()
await session.setTokens(tokens, { user })
server.account = { user: { id: '2', name: name ?? '' }, expiresIn: count }
const sent: string | null =
  (await server.fetch('/api')).headers.get('etag') ?? server.requests[0]?.purpose ?? null

const tab: TestTab<Account> = world.tab
tab.activity()
tab.activity('pointerdown')
tab.hide()
tab.show()
const again: Session<Account> = await tab.reload()
const snapshot: SessionSnapshot<Account> = again.getSnapshot()
const place: string = tab.url
tab.close()
const other: TestTab<Account> = await world.openTab()
other.close()
world.setOffline(true)
world.dispose()

export const seen = [sent, snapshot, place]

// @ts-expect-error no option
await createTestSession({ idleTimout: 5 })
// @ts-expect-error nothing that a test can say
await createTestSession({}, { time: 5 })
// @ts-expect-error it has to be awaited
createTestSession().session
// @ts-expect-error the account's user is not of the session's
await createTestSession<Account>({}, { signedIn: { user: { id: 1 } } })
// @ts-expect-error not said in words
await clock.advance('5 minutes')
// @ts-expect-error nothing that is asked of an auth server
server.on('renew', 503)
// @ts-expect-error no answer
server.on('refresh', 'timeout')
// @ts-expect-error no member of an answer
server.on('refresh', { json: [] })
// @ts-expect-error an answer is needed
server.on('refresh')
// @ts-expect-error requests are not to be changed
server.requests.push()
// @ts-expect-error it is where the session leads it
tab.url = '/'
