import { useMemo } from 'react'
import type { Session } from '../session.js'
import type { SessionSnapshot } from '../snapshot.js'
import { useProvidedSession } from './session-provider.js'
import { useSession } from './use-session.js'

/** An idle prompt that waits for the user's answer. */
export interface OpenPrompt {
  /** When the session ends unless there is an answer, in milliseconds since the epoch. */
  readonly endsAt: number
  /** The session goes on, in every tab. */
  stay(): void
  /** Signs out now. */
  logout(): Promise<void>
}

/** The prompt, while there is one. */
export function useOpenPrompt(): OpenPrompt | null {
  const session = useProvidedSession<unknown, unknown>()
  const endsAt = useSession(promptEnd)
  return useMemo(() => (endsAt === null ? null : openPrompt(session, endsAt)), [session, endsAt])
}

/** Whichever comes first: the session can be near its end for another reason than idleness. */
function promptEnd({ prompting, idleAt, endsAt }: SessionSnapshot<unknown, unknown>): number | null {
  if (!prompting || idleAt === null) return null
  return endsAt === null ? idleAt : Math.min(idleAt, endsAt)
}

function openPrompt(session: Session<unknown, unknown>, endsAt: number): OpenPrompt {
  return { endsAt, stay: () => session.stay(), logout: () => session.logout() }
}
