import { createTestSession } from 'session-warden/testing'
import { expect, test } from 'vitest'

test('a 401 is answered by one refresh and one retry', async () => {
  const { session, server } = await createTestSession({}, { signedIn: true })
  server.on('/api/bookings', { body: [{ id: 1 }] })
  server.once('/api/bookings', 401)

  const response = await session.fetch('/api/bookings')
  expect(await response.json()).toEqual([{ id: 1 }])
  expect(server.count('refresh')).toBe(1)
  expect(server.count('/api/bookings')).toBe(2)
})

test('an auth server that is down signs nobody out', async () => {
  const { session, clock, server } = await createTestSession({ logLevel: 'silent' }, { signedIn: true })
  server.on('refresh', 503)
  await clock.advance(14 * 60_000)
  expect(session.getSnapshot()).toMatchObject({ status: 'authenticated', error: { code: 'http', status: 503 } })

  server.off('refresh')
  await clock.advance(5 * 60_000)
  expect(session.getSnapshot()).toMatchObject({ status: 'authenticated', error: null })
})

test('an auth server that refuses ends the session with its access token', async () => {
  const { session, clock, server } = await createTestSession({ logLevel: 'silent' }, { signedIn: true })
  server.on('refresh', 'invalid_grant')
  await clock.advance(15 * 60_000)
  expect(session.getSnapshot().endReason).toBe('refresh-rejected')
})

test('wrong passwords are told', async () => {
  const { session, server } = await createTestSession()
  server.on('login', ({ body }) =>
    (body as { password: string }).password === 'right' ? undefined : { status: 401, body: {} },
  )
  await expect(session.login({ password: 'wrong' })).rejects.toMatchObject({ code: 'http', status: 401 })
  await session.login({ password: 'right' })
  expect(session.getSnapshot().status).toBe('authenticated')
})

test('a logout is final, though a refresh is still under way', async () => {
  const { session, clock, server } = await createTestSession({}, { signedIn: true })
  const held = server.hold('refresh')
  session.refresh().catch(() => {})
  await clock.advance()

  await session.logout()
  held.release()
  await clock.advance()
  expect(session.getSnapshot().status).toBe('unauthenticated')
})
