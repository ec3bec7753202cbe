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
  const turns = new Turns()
  while (queue.length > 0) {
    await turns.next()
    try {
      queue.shift()?.()
    } catch (error) {
      report(error)
    }
  }
  running = undefined
  turns.end()
}

/** All that waits for the real event loop, timers and immediates among it, has its turn. */
async function turn(): Promise<void> {
  const turns = new Turns()
  await turns.next()
  turns.end()
}

/**
 * Turns of the real event loop. Messages are what fake timers leave alone. Node has them in a row without a look at what
 * else there is to do, and waits for more as long as the channel is open: hence a new one for each row.
 */
class Turns {
  readonly #channel = new MessageChannel()

  next(): Promise<void> {
    const { port1, port2 } = this.#channel
    return new Promise(resolve => {
      port1.onmessage = () => resolve()
      port2.postMessage(null)
    })
  }

  end(): void {
    this.#channel.port1.close()
  }
}

/** Has the test runner hear of what is thrown where nobody waits for it. */
export function report(error: unknown): void {
  Promise.reject(error)
}
