const { createTestSession } = require('session-warden/testing')
const { greeting } = require('./greeting.js')

let mockWorld

jest.mock('./session.js', () => ({
  get session() {
    return mockWorld.session
  },
}))

beforeEach(async () => {
  mockWorld = await createTestSession({}, { signedIn: { user: { name: 'Ada' } } })
})

test('a user is greeted by name', async () => {
  expect(greeting()).toBe('Hello Ada')
  await mockWorld.session.logout()
  expect(greeting()).toBe('Hello stranger')
})
