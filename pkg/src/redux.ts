export { type AuthSlice, type AuthSliceOptions, createAuthSlice } from './redux/auth-slice.js'
export type { AuthState } from './redux/auth-state.js'
export type { AuthThunks, Credentials, ServerTokens, StateTokens } from './redux/auth-thunks.js'
