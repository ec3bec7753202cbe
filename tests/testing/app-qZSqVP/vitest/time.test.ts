import { createTestSession } from 'session-warden/testing'
import { expect, test } from 'vitest'

test('tokens are renewed five minutes before they expire', async () => {
  const { clock, server } = await createTestSession({}, { signedIn: { expiresIn: 15 * 60 } })

  // Up to a tenth less, so that not all clients come at the same time.
  await clock.advance(9.9 * 60_000)
  expect(server.count('refresh')).toBe(0)
  await clock.advance(0.7 * 60_000)
  expect(server.count('refresh')).toBe(1)
})

test('a session does not outlive a night', async () => {
  const { session, clock } = await createTestSession({}, { signedIn: true })
  await clock.sleep(8 * 3_600_000)
  expect(session.getSnapshot().endReason).toBe('idle')
})

test('a server that does not answer is given up after ten seconds', async () => {
  const { session, clock, server } = await createTestSession({ logLevel: 'silent' }, { signedIn: true })
  server.hold('refresh')

  const refused = expect(session.refresh()).rejects.toMatchObject({ code: 'refresh-unavailable' })
  await clock.advance(10_000)
  await refused
})
