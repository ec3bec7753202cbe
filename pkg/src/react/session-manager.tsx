import { type EffectCallback, type ReactNode, useEffect, useRef } from 'react'
import type { Claims, User } from '../claims.js'
import type { SessionEvents } from '../events.js'
import type { Session } from '../session.js'
import { IdlePrompt } from './idle-prompt.js'
import { type OpenPrompt, useOpenPrompt } from './open-prompt.js'
import { SessionProvider, useProvidedSession } from './session-provider.js'

/** What {@link SessionManager} takes. */
export interface SessionManagerProps<U = User, C = Claims> {
  /** The session. Default: that of the provider above. */
  session?: Session<U, C> | undefined
  /** What asks the user whether they are still there: another prompt, or null for none. Default: `<IdlePrompt />`. */
  prompt?: ReactNode
  /**
   * Called when the session is about to end for idleness. Where it is given, no prompt is mounted unless that is given
   * as well. What it returns is called when the prompt is over, however it ended.
   */
  onPrompt?: ((prompt: OpenPrompt) => ReturnType<EffectCallback>) | undefined
  /** Called when the session has ended, in every tab. */
  onEnd?: ((end: SessionEvents['end']) => void) | undefined
}

/**
 * All that an application has to mount: one element, anywhere. The session itself watches activity, renews tokens and
 * signs out in time; this asks the user before an idle session ends, and tells the application what happened.
 */
export function SessionManager<U = User, C = Claims>({
  session,
  ...rest
}: SessionManagerProps<U, C>): ReactNode {
  const monitor = <Monitor {...rest} />
  return session === undefined ? monitor : <SessionProvider session={session}>{monitor}</SessionProvider>
}

function Monitor({
  onPrompt,
  onEnd,
  prompt = onPrompt === undefined ? <IdlePrompt /> : null,
}: SessionManagerProps) {
  const session = useProvidedSession<User, Claims>()
  useEffect(() => onEnd && session.on('end', onEnd), [session, onEnd])
  usePromptCallback(onPrompt)
  return prompt
}

/** One call for each prompt, though the callback may be another at each render. */
function usePromptCallback(onPrompt: SessionManagerProps['onPrompt']): void {
  const open = useOpenPrompt()
  const latest = useRef(onPrompt)
  useEffect(() => {
    latest.current = onPrompt
  })
  useEffect(() => (open === null ? undefined : latest.current?.(open)), [open])
}
