import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { after } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { ROOT } from './pages.mjs'

const HERE = fileURLToPath(new URL('..', import.meta.url))

const run = promisify(execFile)

/**
 * An application that has installed the package as README.md says. It lies below this folder, and finds there what else
 * applications install. It is gone after the tests of the file, at whose top this is to be called.
 */
export async function installedApplication() {
  const folder = await mkdtemp(join(HERE, '.application-'))
  after(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }')
  const install = ['install', '--install-links', '--offline', '--no-audit', '--no-fund', join(ROOT, 'pkg')]
  await run('npm', install, { cwd: folder })
  return folder
}

/** Writes a file, and the folders above it. */
export async function writeInto(folder, name, text) {
  const path = join(folder, name)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
}
