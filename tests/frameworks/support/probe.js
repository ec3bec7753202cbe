// Before the application: looks at what its framework does with the session.
import { session } from './session'

const probe = { listeners: 0 }

const { subscribe } = session
session.subscribe = listener => {
  const unsubscribe = subscribe(listener)
  probe.listeners += 1
  return () => {
    probe.listeners -= 1
    unsubscribe()
  }
}

Object.assign(globalThis, { session, probe })
