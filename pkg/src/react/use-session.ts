import { type RefObject, useEffect, useMemo, useRef, useSyncExternalStore } from 'react'
import type { Claims, User } from '../claims.js'
import { LOADING } from '../loading-snapshot.js'
import { isSameValue } from '../same-value.js'
import type { SessionSnapshot } from '../snapshot.js'
import { useProvidedSession } from './session-provider.js'

type Select<U, C, T> = (snapshot: SessionSnapshot<U, C>) => T

/**
 * How the session stands. Renders at every change of the snapshot, which is once a second while the user is active:
 * select what is needed.
 *
 * On a server, and while its HTML is hydrated, the status is `loading`, so that both render the same.
 */
export function useSession<U = User, C = Claims>(): SessionSnapshot<U, C>
/**
 * What `selector` picks of the snapshot, such as `snapshot => snapshot.user`. Renders only when that changes; plain
 * objects and arrays are compared by their content, and stay the same object while that is the same.
 */
export function useSession<T, U = User, C = Claims>(selector: Select<U, C, T>): T
export function useSession<T, U, C>(selector: Select<U, C, T | SessionSnapshot<U, C>> = whole) {
  const session = useProvidedSession<U, C>()
  const shown = useRef<T | SessionSnapshot<U, C> | typeof NOTHING>(NOTHING)
  const [select, selectOnServer] = useMemo(() => {
    const steady = steadied(selector, shown)
    return [() => steady(session.getSnapshot()), () => steady(LOADING)]
  }, [session, selector])
  const selected = useSyncExternalStore(session.subscribe, select, selectOnServer)
  useEffect(() => {
    shown.current = selected
  })
  return selected
}

const whole = <S>(snapshot: S) => snapshot

const NOTHING = Symbol()

/**
 * The same, with the former value where nothing changed: React asks twice, and would render for ever if a selector's
 * answers differed. A selector that is written in the component is a new one at each render, hence what was `shown`.
 */
function steadied<S, T>(
  selector: (snapshot: S) => T,
  shown: RefObject<T | typeof NOTHING>,
): (snapshot: S) => T {
  let last: { snapshot: S; selected: T } | undefined
  return snapshot => {
    if (last?.snapshot === snapshot) return last.selected
    const former = last === undefined ? shown.current : last.selected
    const selected = selector(snapshot)
    last = {
      snapshot,
      selected: former !== NOTHING && isSameValue(former, selected) ? (former as T) : selected,
    }
    return last.selected
  }
}
