/** The session, with a count of the listeners that are left. */
export function counted(session) {
  const count = { listeners: 0 }
  const counting =
    add =>
    (...args) => {
      const leave = add(...args)
      count.listeners += 1
      return () => {
        count.listeners -= 1
        leave()
      }
    }
  return { count, session: { ...session, subscribe: counting(session.subscribe), on: counting(session.on) } }
}
