import { createTestSession } from 'session-warden/testing'
import { afterEach, expect, test, vi } from 'vitest'

afterEach(() => vi.useRealTimers())

test('what the application asks for every minute goes with the session', async () => {
  vi.useFakeTimers()
  const { session, clock, server } = await createTestSession(
    {},
    { signedIn: true, now: Date.now(), advanceTimers: vi.advanceTimersByTime },
  )
  server.on('/api/news', ({ isAuthorized }) => (isAuthorized ? { body: [] } : 401))
  setInterval(() => session.fetch('/api/news'), 60_000)

  await clock.advance(20 * 60_000)
  expect(server.count('/api/news')).toBe(20)
  expect(Date.now()).toBe(clock.now())
})
