import {
  type CSSProperties,
  type ReactNode,
  type SyntheticEvent,
  useId,
  useLayoutEffect,
  useRef,
} from 'react'
import { useCountdown } from './countdown.js'
import { type OpenPrompt, useOpenPrompt } from './open-prompt.js'
import { useProvidedSession } from './session-provider.js'

/** The words of an {@link IdlePrompt}. */
export interface IdlePromptLabels {
  /** The heading. Default: "Are you still there?" */
  title: string
  /** What is about to happen, said once; `seconds`: what was left when the prompt came up. */
  message: (seconds: number) => string
  /** The time that is left, shown every second and said aloud now and then. Default: "30 seconds left" */
  remaining: (seconds: number) => string
  /** The button that keeps the session. Default: "Stay signed in" */
  stay: string
  /** The button that ends it. Default: "Sign out" */
  logout: string
}

/** What {@link IdlePrompt} takes. */
export interface IdlePromptProps {
  /** The class of the `<dialog>`, which its `::backdrop` belongs to. */
  className?: string | undefined
  /** The classes of its parts. */
  classNames?:
    | Partial<Record<'title' | 'message' | 'remaining' | 'stay' | 'logout', string | undefined>>
    | undefined
  /** Words in place of the English ones. */
  labels?: Partial<IdlePromptLabels> | undefined
  /**
   * The dialog's content in place of the usual one; `secondsLeft` counts down to `endsAt`. What it shows first and can
   * be focused gets the focus: let that be what calls `stay`. The title and the message are still read out.
   */
  children?: ((prompt: OpenPrompt & { readonly secondsLeft: number }) => ReactNode) | undefined
}

/**
 * Asks the user whether they are still there, in a modal dialog, while the session's `prompting` is set; renders nothing
 * otherwise. Escape means to stay. Focus moves into the dialog and back; a screen reader hears the message once and the
 * time that is left a few times. Nothing is animated. Without styles it looks as the browser shows a `<dialog>`.
 *
 * With `promptEndsOn: 'activity'`, the default, moving the mouse is answer enough.
 */
export function IdlePrompt(props: IdlePromptProps): ReactNode {
  const prompt = useOpenPrompt()
  return prompt && <PromptDialog {...props} prompt={prompt} />
}

function PromptDialog({
  className,
  classNames = {},
  labels,
  children,
  prompt,
}: IdlePromptProps & { prompt: OpenPrompt }) {
  const { title, message, remaining, stay, logout } = { ...ENGLISH, ...labels }
  const { seconds, atFirst, announced } = useCountdown(prompt.endsAt)
  const dialog = useRef<HTMLDialogElement>(null)
  const session = useProvidedSession<unknown, unknown>()
  const id = useId()

  useLayoutEffect(() => {
    const { current } = dialog
    if (current === null) return undefined
    // Browsers close a dialog at the second Escape without asking. They tell late: it may have been opened anew.
    const onClose = () => {
      if (!current.open) session.stay()
    }
    current.addEventListener('close', onClose)
    current.showModal()
    return () => {
      current.removeEventListener('close', onClose)
      // A dialog that is merely removed does not give the focus back.
      current.close()
    }
  }, [session])

  function onCancel(event: SyntheticEvent) {
    // The session says when the prompt is over.
    event.preventDefault()
    prompt.stay()
  }

  return (
    <dialog
      ref={dialog}
      className={className}
      role="alertdialog"
      aria-labelledby={`${id}title`}
      aria-describedby={`${id}message`}
      onCancel={onCancel}
    >
      <h2 id={`${id}title`} className={classNames.title} hidden={children !== undefined}>
        {title}
      </h2>
      <p id={`${id}message`} className={classNames.message} hidden={children !== undefined}>
        {message(atFirst)}
      </p>
      {children === undefined ? (
        <>
          <p role="timer" className={classNames.remaining}>
            {remaining(seconds)}
          </p>
          <button type="button" className={classNames.stay} onClick={prompt.stay}>
            {stay}
          </button>
          <button type="button" className={classNames.logout} onClick={prompt.logout}>
            {logout}
          </button>
        </>
      ) : (
        children({ ...prompt, secondsLeft: seconds })
      )}
      <p role="status" style={UNSEEN}>
        {announced === null ? '' : remaining(announced)}
      </p>
    </dialog>
  )
}

const time = (seconds: number) => {
  const [count, unit] = seconds > 90 ? [Math.round(seconds / 60), 'minute'] : [seconds, 'second']
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}

const ENGLISH: IdlePromptLabels = {
  title: 'Are you still there?',
  message: seconds => `You have not been active for a while. You will be signed out in ${time(seconds)}.`,
  remaining: seconds => `${time(seconds)} left`,
  stay: 'Stay signed in',
  logout: 'Sign out',
}

/** There for screen readers alone. Set by script, never in HTML, so that no Content-Security-Policy is in its way. */
const UNSEEN: CSSProperties = {
  position: 'absolute',
  width: 1,
  height: 1,
  margin: -1,
  overflow: 'hidden',
  clipPath: 'inset(50%)',
  whiteSpace: 'nowrap',
}
