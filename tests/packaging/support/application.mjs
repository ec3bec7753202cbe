import { execFile } from 'node:child_process'
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
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

  await installTools(folder, modules)
  for (const kept of [...CACHES, 'session-warden'])
    await rm(join(modules, kept), { recursive: true, force: true })
  await npm(folder, 'install', '--no-save', '--no-package-lock', ...FLAGS, TARBALL)
  return folder
}

/** What the fixture called `name` has in its package.json, and not the package. */
export async function installFixture(name) {
  const folder = join(APPLICATIONS, name)
  await mkdir(join(folder, 'node_modules'), { recursive: true })
  for (const file of ['package.json', 'package-lock.json'])
    await cp(join(FIXTURES, name, file), join(folder, file))
  await installTools(folder, join(folder, 'node_modules'))
  return folder
}

/** As the lock has them, unless they are there. */
async function installTools(folder, modules) {
  const lock = await readFile(join(folder, 'package-lock.json'), 'utf8')
  const installed = join(modules, '.installed-package-lock.json')
  if ((await readFile(installed, 'utf8').catch(() => '')) === lock) return
  await npm(folder, 'ci', ...FLAGS)
  await writeFile(installed, lock)
}

function npm(folder, ...args) {
  return promisify(execFile)('npm', args, { cwd: folder })
}
