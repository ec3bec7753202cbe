/** What stands for a token in a cookie begins with this, as in `handover.rs`. */
export const UNSEEN = 'cookie:'

/** Whether this only stands for a token, which no script sees. */
export const isUnseen = (accessToken: string) => accessToken.startsWith(UNSEEN)
