import { createSlice, type Middleware, type PayloadAction, type Slice } from '@reduxjs/toolkit'
import type { Claims, User } from '../claims.js'
import { isSameValue } from '../same-value.js'
import type { Session } from '../session.js'
import { type AuthState, authSelectors, authState } from './auth-state.js'
import { type AuthThunks, authThunks } from './auth-thunks.js'

/** What can be asked of {@link createAuthSlice}. */
export interface AuthSliceOptions {
  /**
   * Whether the state holds the access token, for code that reads it there. Whoever sees the state then sees the token:
   * DevTools, logs, error reports. `session.fetch` needs no such thing. Default: false.
   */
  tokens?: boolean
}

/** A slice that shows the session, and what acts on it. */
export interface AuthSlice<U = User, C = Claims>
  extends Omit<
    Slice<AuthState<U>, Record<never, never>, 'auth', 'auth', typeof authSelectors>,
    'actions' | 'caseReducers'
  > {
  /** The thunks. */
  actions: AuthThunks<U, C>
  /** Keeps the state in step with the session; belongs into the store once. It changes no action. */
  middleware: Middleware
}

/**
 * The slice `auth`, a mirror of `session`: put its `reducer` under `auth` and its `middleware` into the store. The
 * state says what the session's snapshot says, and nothing but the session changes it.
 *
 * On a server, and until the browser's session is there, the state is loading.
 */
export function createAuthSlice<U = User, C = Claims>(
  session: Session<U, C>,
  { tokens = false }: AuthSliceOptions = {},
): AuthSlice<U, C> {
  const read = () => authState(session, tokens)
  const slice = createSlice({
    name: 'auth',
    initialState: read,
    reducers: { changed: (_, { payload }: PayloadAction<AuthState<U>>) => payload },
    selectors: authSelectors,
  })

  const middleware: Middleware = ({ dispatch, getState }) => {
    const follow = () => {
      const state = read()
      if (!isSameValue(state, getState()[slice.reducerPath])) dispatch(slice.actions.changed(state))
    }
    session.subscribe(follow)
    // A store can begin with the state of a server or of an earlier visit. No middleware may dispatch before all are there.
    queueMicrotask(follow)
    return next => next
  }

  return { ...slice, actions: authThunks(session, slice.name), middleware }
}
