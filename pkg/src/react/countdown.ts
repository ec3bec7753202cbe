import { useEffect, useState } from 'react'
import { type SessionClock, sessionClock } from '../session-clock.js'
import { useProvidedSession } from './session-provider.js'

/** What is left of the time until an instant, in whole seconds. */
export interface Countdown {
  /** Now. */
  readonly seconds: number
  /** When the prompt came up. */
  readonly atFirst: number
  /** When it was last worth saying aloud; null before that. */
  readonly announced: number | null
}

/** The seconds at which what is left is said aloud: a voice that counts every second drowns everything else. */
const STEPS = [10, 30, 60, 120, 300]

/** Counts down to `endsAt`, in milliseconds since the epoch. */
export function useCountdown(endsAt: number): Countdown {
  const clock = sessionClock(useProvidedSession())
  const [countdown, setCountdown] = useState(() => begin(secondsUntil(endsAt, clock)))
  useEffect(() => {
    let timer: unknown
    const look = () => {
      const seconds = secondsUntil(endsAt, clock)
      setCountdown(last => next(last, seconds))
      // To the next whole second: a timer that is late by a little each time would skip one now and then.
      if (seconds > 0) timer = clock.setTimeout(look, (endsAt - clock.now()) % 1_000 || 1_000)
    }
    look()
    return () => clock.clearTimeout(timer)
  }, [endsAt, clock])
  return countdown
}

const secondsUntil = (instant: number, clock: SessionClock) =>
  Math.max(0, Math.ceil((instant - clock.now()) / 1_000))

const begin = (seconds: number): Countdown => ({ seconds, atFirst: seconds, announced: null })

function next(last: Countdown, seconds: number): Countdown {
  if (seconds === last.seconds) return last
  const isStep = stepOf(seconds) < stepOf(last.seconds)
  return { ...last, seconds, announced: isStep ? seconds : last.announced }
}

const stepOf = (seconds: number) => STEPS.find(step => seconds <= step) ?? Number.POSITIVE_INFINITY
