import { cp, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PACKAGE } from '../../e2e/support/environment.mjs'

const PAGE = fileURLToPath(new URL('../page', import.meta.url))

/** Makes `folder` the application's page, with `files` of code by their names and the folders of `libraries`. */
export async function assemblePage(folder, files, libraries = []) {
  await cp(PAGE, folder, { recursive: true })
  await cp(PACKAGE, join(folder, 'session-warden'), { recursive: true })
  for (const library of libraries) await cp(library, join(folder, basename(library)), { recursive: true })
  for (const [name, code] of Object.entries(files)) await writeFile(join(folder, name), code)
}
