import { type AsyncThunk, type AsyncThunkAction, createAsyncThunk } from '@reduxjs/toolkit'
import type { Claims, User } from '../claims.js'
import type { LoginOptions, LogoutOptions, Session, TokenSet, Verification } from '../session.js'

/** What {@link AuthThunks.setCredentials} takes: tokens by the names of `setTokens`, of the state, or of a server. */
export type Credentials<U = User> = (TokenSet | StateTokens | ServerTokens) &
  LoginOptions & {
    /** Whose they are. */
    user?: U | null
  }

/** Tokens by the names of the state. */
export interface StateTokens {
  /** The access token. */
  token: string
  /** The refresh token. Without one, an earlier one is kept. */
  refreshToken?: string | null
  /** The access token's expiry: milliseconds since the epoch, or seconds (below 1e11). */
  tokenExpiry?: number | null
}

/** Tokens as most auth servers answer. */
export interface ServerTokens {
  /** The access token. */
  access_token: string
  /** The refresh token. Without one, an earlier one is kept. */
  refresh_token?: string | null
  /** The access token's lifetime from now, in seconds. */
  expires_in?: number | null
}

/** What changes the session, to be dispatched. The state follows the session and not the thunks. */
export interface AuthThunks<U = User, C = Claims> {
  /** Fetches new tokens now, which happens by itself in time. Is rejected as `session.refresh` is. */
  refreshToken: Thunk<void, void>
  /** Asks the auth server whether the token is valid; its no ends the session. Is fulfilled with the answer. */
  verifyToken: Thunk<Verification<C>, void>
  /** Takes up tokens that the application got by itself, as `session.setTokens` does. No action holds them. */
  setCredentials: ((credentials: Credentials<U>) => AsyncThunkAction<void, void, Plain>) &
    Pick<Thunk<void, void>, (typeof PARTS)[number]>
  /** Signs out, in every tab, and tells the server. */
  logout: Thunk<void, LogoutOptions | undefined>
}

type Plain = Record<never, never>
type Thunk<Returned, Argument> = AsyncThunk<Returned, Argument, Plain>

export function authThunks<U, C>(session: Session<U, C>, name: string): AuthThunks<U, C> {
  /** A thunk's argument is part of its actions, which tools show and logs keep: this one has none. */
  const taking = (take: () => Promise<unknown>): Thunk<void, void> =>
    createAsyncThunk<void, void>(`${name}/setCredentials`, async () => {
      await take()
    })

  return {
    refreshToken: createAsyncThunk<void, void>(`${name}/refreshToken`, async () => {
      // The snapshot is in the state by now, and not all of it can be serialised.
      await session.refresh()
    }),
    verifyToken: createAsyncThunk<Verification<C>, void>(`${name}/verifyToken`, () => session.verify()),
    setCredentials: Object.assign(
      (credentials: Credentials<U>) => taking(() => setTokens(session, credentials))(),
      partsOf(taking(async () => {})),
    ),
    logout: createAsyncThunk(`${name}/logout`, (options: LogoutOptions | undefined) =>
      session.logout(options),
    ),
  }
}

const PARTS = ['pending', 'fulfilled', 'rejected', 'settled', 'typePrefix'] as const

/** What reducers and listeners match the actions of a thunk by. */
const partsOf = ({ pending, fulfilled, rejected, settled, typePrefix }: Thunk<void, void>) => ({
  pending,
  fulfilled,
  rejected,
  settled,
  typePrefix,
})

function setTokens<U, C>(session: Session<U, C>, { user, remember, ...tokens }: Credentials<U>) {
  return session.setTokens(tokenSet(tokens), {
    ...(remember === undefined ? {} : { remember }),
    ...(user === undefined || user === null ? {} : { user }),
  })
}

/** The names of servers, and null for what is not there, are known to the session. */
function tokenSet(tokens: TokenSet | StateTokens | ServerTokens): TokenSet {
  if (!('token' in tokens)) return tokens as TokenSet
  const { token: accessToken, refreshToken, tokenExpiry: expiresAt } = tokens
  return { accessToken, refreshToken, expiresAt } as TokenSet
}
