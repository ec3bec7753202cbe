import { createTestSession } from 'session-warden/testing'
import { expect, test } from 'vitest'

test('a logout in one tab is one in all', async () => {
  const { session, clock, openTab } = await createTestSession({ loginUrl: '/sign-in' }, { signedIn: true })
  const other = await openTab()
  expect(other.session.getSnapshot().status).toBe('authenticated')

  await session.logout()
  await clock.advance()
  expect(other.session.getSnapshot()).toMatchObject({ endReason: 'logout', endedBy: 'other-tab' })
  expect(other.url).toMatch(/\/sign-in$/)
})

test('activity in one tab keeps the session in all', async () => {
  const { session, clock, openTab } = await createTestSession({}, { signedIn: true })
  const other = await openTab()
  await clock.advance(25 * 60_000)
  other.activity()
  await clock.advance(25 * 60_000)
  expect(session.getSnapshot().status).toBe('authenticated')
})

test('a reload keeps the session', async () => {
  const { tab } = await createTestSession({}, { signedIn: { user: { name: 'Ada' } } })
  const session = await tab.reload()
  expect(session.getSnapshot().user?.name).toBe('Ada')
})
