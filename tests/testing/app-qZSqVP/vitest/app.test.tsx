// @vitest-environment jsdom
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react'
import { IdlePrompt, SessionProvider, useAuth } from 'session-warden/react'
import { createTestSession } from 'session-warden/testing'
import { afterEach, beforeAll, expect, test } from 'vitest'

function App() {
  const { user, isAuthenticated } = useAuth()
  return (
    <>
      <p>{isAuthenticated ? `Hello ${user?.name}` : 'Signed out'}</p>
      <IdlePrompt />
    </>
  )
}

beforeAll(() => {
  // jsdom knows no modal dialogs.
  HTMLDialogElement.prototype.showModal = function () {
    this.open = true
  }
  HTMLDialogElement.prototype.close = function () {
    this.open = false
  }
})

afterEach(cleanup)

test('the user is asked, counted down to, and may stay', async () => {
  const { session, clock } = await createTestSession({}, { signedIn: { user: { name: 'Ada' } }, act })
  render(
    <SessionProvider session={session}>
      <App />
    </SessionProvider>,
  )
  expect(screen.queryByRole('alertdialog')).toBeNull()

  await clock.advance(29 * 60_000)
  expect(screen.getByRole('timer').textContent).toBe('60 seconds left')
  await clock.advance(45_000)
  expect(screen.getByRole('timer').textContent).toBe('15 seconds left')

  fireEvent.click(screen.getByText('Stay signed in'))
  await clock.advance()
  expect(screen.queryByRole('alertdialog')).toBeNull()
  expect(screen.getByText('Hello Ada')).toBeTruthy()

  await clock.advance(30 * 60_000)
  expect(screen.getByText('Signed out')).toBeTruthy()
})

test('somebody who signs out elsewhere is signed out here', async () => {
  const { session, clock, openTab } = await createTestSession({}, { signedIn: true, act })
  render(
    <SessionProvider session={session}>
      <App />
    </SessionProvider>,
  )
  const other = await openTab()
  await act(() => other.session.logout())
  await clock.advance()
  expect(screen.getByText('Signed out')).toBeTruthy()
})
