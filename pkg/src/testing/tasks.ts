/**
 * The event loop of all simulated browsers. One task runs in one turn of the real one, so that promises settle between
 * two tasks as they do in a browser, the application's own among them.
 */

const queue: (() => void)[] = []
const outside = new Set<Promise<unknown>>()
let running: Promise<void> | undefined

/** Runs `task` in a turn of its own, after those that are queued already. */
export function queueTask(task: () => void): void {
  queue.push(task)
  running ??= run()
}

/** Waits with {@link settled} for `work`, which is done outside of the simulation and takes real time. */
export function track<T>(work: Promise<T>): Promise<T> {
  const forget = () => outside.delete(work)
  outside.add(work)
  work.then(forget, forget)
  return work
}

/** Resolves once nothing more happens by itself, unless time goes on. */
export async function settled(): Promise<void> {
  do {
    await running
    await Promise.allSettled(outside)
    await turn()
  } while (running !== undefined || outside.size > 0)
}

async function run(): Promise<void> {
  while (queue.length > 0) {
    await turn()
    try {
      queue.shift()?.()
    } catch (error) {
      report(error)
    }
  }
  running = undefined
}

/**
 * The next turn of the real event loop. A message is what fake timers leave alone; and a channel of its own each time,
 * since one that is in use keeps the rest of Node's event loop waiting, and the process alive.
 */
function turn(): Promise<void> {
  return new Promise(resolve => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(null)
  })
}

/** As a browser does it with what a task throws: the loop goes on. */
function report(error: unknown): void {
  Promise.reject(error)
}
