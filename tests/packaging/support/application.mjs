import { execFile } from 'node:child_process'
import { cp, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { APPLICATIONS, TARBALL } from './environment.mjs'

const FIXTURES = fileURLToPath(new URL('../fixtures', import.meta.url))
const FLAGS = ['--no-audit', '--no-fund', '--loglevel=error']

/** What tools keep of a package, by its version: here another package has the same one at each run. */
const CACHES = ['.cache', '.vite', '.vite-temp']

/**
 * An application as somebody has it who started from a tool's template and then installed the package: the files of the
 * fixture called `name` and those of `shared` ones. Returns its folder.
 */
export async function installApplication(name, shared = []) {
  const folder = join(APPLICATIONS, name)
  const modules = join(folder, 'node_modules')
  await mkdir(modules, { recursive: true })
  for (const entry of await readdir(folder))
    if (entry !== 'node_modules') await rm(join(folder, entry), { recursive: true })
  for (const fixture of [...shared, name]) await cp(join(FIXTURES, fixture), folder, { recursive: true })

  for (const kept of [...CACHES, 'session-warden'])
    await rm(join(modules, kept), { recursive: true, force: true })
  await install(folder, TARBALL)
  return folder
}

/** What the fixture called `name` has in its package.json, and not the package. Returns its folder. */
export async function installTools(name) {
  const folder = join(APPLICATIONS, name)
  await mkdir(folder, { recursive: true })
  for (const file of ['package.json', 'package-lock.json'])
    await cp(join(FIXTURES, name, file), join(folder, file))
  await install(folder)
  return folder
}

/** Not `npm ci`, which wants every platform's packages in the lock, also those that a registry does not have. */
function install(folder, ...more) {
  return promisify(execFile)('npm', ['install', '--no-save', ...FLAGS, ...more], { cwd: folder })
}
