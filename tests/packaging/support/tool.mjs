import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { delimiter, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'

/** Nobody is told of what the tests do. */
const QUIET = { NEXT_TELEMETRY_DISABLED: '1', NO_COLOR: '1', CI: 'true' }

/** A tool that an application has installed, as one of its scripts would start it: its name, and its flags. */
export class Tool {
  #process
  #output = []

  /** Runs it to its end. Rejects with what it said when that is no success. Returns the lines of its output. */
  static async run(folder, command, options) {
    const tool = new Tool(folder, command, options)
    const [code] = await once(tool.#process, 'close')
    if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}:\n${tool.#output.join('\n')}`)
    return tool.#output
  }

  /** Starts it, and ends it with the test `t`. Settles once a line of its output matches `sign`. */
  static async start(t, folder, command, sign, options) {
    const tool = new Tool(folder, command, options)
    t.after(() => tool.#stop())
    await tool.#says(sign)
  }

  constructor(folder, [program, ...flags], { env = {}, node = process.execPath } = {}) {
    const path = [dirname(node), join(folder, 'node_modules/.bin'), process.env.PATH].join(delimiter)
    this.#process = spawn(program, flags, {
      cwd: folder,
      // Else Node's test runner, which is around this, would take a runner of tests for one of its own.
      env: { ...process.env, NODE_TEST_CONTEXT: undefined, NODE_OPTIONS: '', ...QUIET, ...env, PATH: path },
      stdio: ['pipe', 'pipe', 'pipe'],
      // With the processes that it starts it is a group, which can be ended as one.
      detached: true,
    })
    for (const input of [this.#process.stdout, this.#process.stderr])
      createInterface({ input }).on('line', line => {
        this.#output.push(line)
        this.#process.emit('said', line)
      })
  }

  #says(sign) {
    return new Promise((resolve, reject) => {
      const look = line => sign.test(line) && resolve()
      this.#output.forEach(look)
      this.#process.on('said', look)
      this.#process.once('close', code =>
        reject(new Error(`it ended with ${code} before it said ${sign}:\n${this.#output.join('\n')}`)),
      )
    })
  }

  async #stop() {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const closed = once(this.#process, 'close')
    process.kill(-this.#process.pid, 'SIGKILL')
    await closed
  }
}

/** A port that nobody listens on. */
export async function freePort() {
  const server = createServer()
  await once(server.listen(0, 'localhost'), 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return String(port)
}
