/** The claims of a decoded access token, as the server put them: instants in seconds. Not verified here. */
export interface Claims {
  /** Whose token it is. */
  sub?: string
  /** Who issued it. */
  iss?: string
  /** For whom it was issued. */
  aud?: string | string[]
  /** When it expires, in seconds since the epoch. */
  exp?: number
  /** When it was issued, in seconds since the epoch. */
  iat?: number
  /** The user's e-mail address. */
  email?: string
  /** The user's roles. */
  roles?: string[]
  /** The user's role or roles, where the server uses the singular. */
  role?: string | string[]
  /** Whatever else the server put in. */
  [claim: string]: unknown
}

/** The user, as the auth server's answer describes them. */
export interface User {
  /** The server's name for the user. */
  id?: string | number
  /** The user's e-mail address. */
  email?: string
  /** The user's name. */
  name?: string
  /** Whatever else the server said. */
  [property: string]: unknown
}
