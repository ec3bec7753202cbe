const { isSessionError } = require('session-warden')
const { createTestSession } = require('session-warden/testing')

test('an idle user is asked after 29 minutes', async () => {
  const { session, clock } = await createTestSession({}, { signedIn: true })
  await clock.advance(29 * 60_000)
  expect(session.getSnapshot().prompting).toBe(true)
})

test('an auth server that is out of reach signs nobody out', async () => {
  const { session, server } = await createTestSession({ logLevel: 'silent' }, { signedIn: true })
  server.on('refresh', 'network-error')
  const error = await session.refresh().catch(error => error)
  expect(isSessionError(error, 'refresh-unavailable')).toBe(true)
  expect(session.getSnapshot().status).toBe('authenticated')
})

test('a logout in another tab is one here', async () => {
  const { session, clock, openTab } = await createTestSession({}, { signedIn: true })
  const other = await openTab()
  await other.session.logout()
  await clock.advance()
  expect(session.getSnapshot().endReason).toBe('logout')
})
