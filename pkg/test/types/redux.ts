// The part for Redux Toolkit.
import { combineSlices, configureStore, createListenerMiddleware } from '@reduxjs/toolkit'
import { type Claims, createSession, type Verification } from 'session-warden'
import { type AuthSlice, type AuthState, createAuthSlice } from 'session-warden/redux'

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<A, B>(_: Same<A, B>): void {}

interface Account {
  id: string
  plan: 'free' | 'paid'
}

const auth = createAuthSlice(createSession<Account>(), { tokens: true })
same<typeof auth, AuthSlice<Account, Claims>>(true)

const store = configureStore({
  reducer: { auth: auth.reducer, other: (state: number = 0) => state },
  middleware: defaults => defaults().concat(auth.middleware),
})
const state = store.getState()
same<typeof state.auth, AuthState<Account>>(true)
same<typeof state.auth.token, string | null>(true)
same<typeof state.auth.autoLogoutTimer, number | null>(true)

const { selectIsTokenExpired, selectTimeUntilExpiry, selectLastActivity } = auth.selectors
same<ReturnType<typeof selectIsTokenExpired>, boolean>(true)
same<ReturnType<typeof selectTimeUntilExpiry>, number | null>(true)
selectIsTokenExpired(state)
selectTimeUntilExpiry(state, Date.now())
selectLastActivity(state)
auth.getSelectors().selectLastActivity(state.auth)

export async function act(): Promise<void> {
  const { refreshToken, verifyToken, setCredentials, logout } = auth.actions
  await store.dispatch(refreshToken()).unwrap()
  const verification = await store.dispatch(verifyToken()).unwrap()
  same<typeof verification, Verification<Claims>>(true)
  await store.dispatch(
    setCredentials({ accessToken: 'a', refreshToken: 'r', expiresIn: 60, remember: false }),
  )
  await store.dispatch(setCredentials({ token: 'a', tokenExpiry: null, user: { id: '7', plan: 'free' } }))
  await store.dispatch(setCredentials({ access_token: 'a', expires_in: 60 })).unwrap()
  await store.dispatch(logout())
  await store.dispatch(logout({ everywhere: true }))

  // @ts-expect-error there has to be a token
  setCredentials({ refreshToken: 'r' })
  // @ts-expect-error the user is an Account
  setCredentials({ token: 'a', user: { id: '7' } })
  // @ts-expect-error no such option
  logout({ everywere: true })
}

createListenerMiddleware().startListening({
  matcher: auth.actions.setCredentials.rejected.match,
  effect: ({ error }) => console.log(error.code),
})
combineSlices(auth).withLazyLoadedSlices()

// @ts-expect-error no such option
createAuthSlice(createSession(), { token: true })
// @ts-expect-error may be null
state.auth.user.plan
// @ts-expect-error the refresh token is nobody's business
state.auth.refreshToken.length
// @ts-expect-error a mirror is not written to
auth.actions.changed
// @ts-expect-error the slice is not there
selectLastActivity({ session: state.auth })
