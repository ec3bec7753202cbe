import { createTestSession, type TestSession } from 'session-warden/testing'
import { beforeEach, expect, test, vi } from 'vitest'
import { greeting } from './greeting'

const world = vi.hoisted(() => ({}) as { current: TestSession })

vi.mock('./session', () => ({
  get session() {
    return world.current.session
  },
}))

beforeEach(async () => {
  world.current = await createTestSession({}, { signedIn: { user: { name: 'Ada' } } })
})

test('a user is greeted by name', async () => {
  expect(greeting()).toBe('Hello Ada')
  await world.current.session.logout()
  expect(greeting()).toBe('Hello stranger')
})
