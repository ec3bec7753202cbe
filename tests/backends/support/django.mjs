import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { required } from '../../e2e/support/environment.mjs'
import { PASSWORD } from '../../e2e/support/tab.mjs'
import { documented } from './document.mjs'
import { assemblePage } from './page.mjs'

/** The interpreter of an environment that has what requirements.txt lists. */
const PYTHON = required('SESSION_WARDEN_PYTHON')
const SECTION = 'Django REST framework with Simple JWT'

/** A new project of Django's with what docs/backends.md adds to it, an account for each of `users`, and a page. */
export class DjangoProject {
  #folder
  #servers = new Map()

  static async create(users) {
    const project = new DjangoProject(await mkdtemp(join(tmpdir(), 'session-warden-django-')))
    await project.#make(users)
    return project
  }

  constructor(folder) {
    this.#folder = folder
  }

  /** A server of it with access tokens that live for so many seconds, started once. */
  server(accessSeconds) {
    const env = accessSeconds === undefined ? {} : { ACCESS_TOKEN_SECONDS: String(accessSeconds) }
    if (!this.#servers.has(accessSeconds))
      this.#servers.set(accessSeconds, DjangoServer.start(this.#folder, { ...this.#environment, ...env }))
    return this.#servers.get(accessSeconds)
  }

  async remove() {
    for (const server of this.#servers.values()) await (await server).stop()
    await rm(this.#folder, { recursive: true, force: true })
  }

  get #environment() {
    return { ...process.env, PAGE: join(this.#folder, 'page') }
  }

  async #make(users) {
    const folder = this.#folder
    await this.#run('-m', 'django', 'startproject', 'shop', '.')
    const added = name => readFile(new URL(`../django/${name}`, import.meta.url), 'utf8')
    const settings = documented(SECTION, 'settings.py') + (await added('settings.py'))
    await appendFile(join(folder, 'shop/settings.py'), settings)
    const urls = documented(SECTION, 'urls.py') + (await added('urls.py'))
    await writeFile(join(folder, 'shop/urls.py'), urls)
    const page = ['session.js', 'sign-in.js'].map(name => [name, documented(SECTION, name)])
    await assemblePage(join(folder, 'page'), Object.fromEntries(page))

    await this.#run('manage.py', 'migrate', '--verbosity', '0')
    await this.#run('manage.py', 'shell', '--command', createUsers(users))
  }

  #run(...args) {
    return promisify(execFile)(PYTHON, args, { cwd: this.#folder, env: this.#environment })
  }
}

/** In Python. The words of JSON are Python's too, as far as they go here. */
const createUsers = users => `
from django.contrib.auth.models import User
for name in ${JSON.stringify(users)}:
    User.objects.create_user(name, password=${JSON.stringify(PASSWORD)})
`

class DjangoServer {
  #process
  #log = []

  static async start(folder, env) {
    const server = new DjangoServer(folder, env)
    server.url = await server.#listening()
    return server
  }

  constructor(folder, env) {
    const flags = ['--bind', '127.0.0.1:0', '--threads', '8', '--no-control-socket', 'shop.wsgi']
    this.#process = spawn(PYTHON, ['-m', 'gunicorn', ...flags], {
      cwd: folder,
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
  }

  #listening() {
    return new Promise((resolve, reject) => {
      createInterface({ input: this.#process.stderr }).on('line', line => {
        this.#log.push(line)
        const [, url] = line.match(/Listening at: (\S+)/) ?? []
        if (url !== undefined) resolve(url)
      })
      this.#process.once('exit', () => reject(new Error(`gunicorn ended:\n${this.#log.join('\n')}`)))
    })
  }

  async stop() {
    if (this.#process.exitCode !== null) return
    const exited = once(this.#process, 'exit')
    // Without waiting for connections that are open.
    this.#process.kill('SIGQUIT')
    await exited
  }

  /** Asks it something apart from any page. */
  post(path, body) {
    return fetch(this.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  }
}
