import { createTestSession } from 'session-warden/testing'
import { expect, test } from 'vitest'

test('an idle user is asked after 29 minutes and signed out after 30', async () => {
  const { session, clock } = await createTestSession({ idleTimeout: 30 * 60_000 }, { signedIn: true })

  await clock.advance(29 * 60_000)
  expect(session.getSnapshot().prompting).toBe(true)

  await clock.advance(60_000)
  expect(session.getSnapshot().endReason).toBe('idle')
})
