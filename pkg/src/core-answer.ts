import type { CoreToken, CoreTokenValues, Settle } from './glue.js'

/** The core's answer, once it is there. */
export const answered = <T>(ask: (settle: Settle<T>) => void) =>
  new Promise<T>((resolve, reject) => ask({ resolve, reject }))

/** The same, where it is a token. */
export async function tokenAnswered(ask: (settle: Settle<CoreTokenValues>) => void): Promise<CoreToken> {
  const [accessToken, sid, generation] = await answered(ask)
  return { accessToken, sid, generation }
}
