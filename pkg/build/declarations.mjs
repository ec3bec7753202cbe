import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const PACKAGE = fileURLToPath(new URL('..', import.meta.url))

/** The TypeScript compiler's program, wherever npm has put it. */
export function compilerPath() {
  const manifest = createRequire(import.meta.url).resolve('typescript/package.json')
  return join(dirname(manifest), 'bin/tsc')
}

/** Writes the type declarations for both module systems; only those that a user of the `entries` can reach. */
export async function writeDeclarations(entries, out) {
  const emitted = await mkdtemp(join(tmpdir(), 'session-warden-types-'))
  try {
    await promisify(execFile)(process.execPath, [
      compilerPath(),
      '--project',
      PACKAGE,
      '--declaration',
      '--emitDeclarationOnly',
      '--outDir',
      emitted,
    ]).catch(({ stdout }) => {
      throw new Error(`the type declarations do not compile:\n${stdout}`)
    })
    const reached = new Map()
    for (const entry of entries) await follow(entry, join(emitted, 'src'), reached)
    for (const [name, text] of reached) {
      await write(join(out, 'esm', `${name}.d.ts`), text)
      await write(join(out, 'cjs', `${name}.d.cts`), text.replace(IMPORT, "from '$1.cjs'"))
    }
  } finally {
    await rm(emitted, { recursive: true })
  }
}

const IMPORT = /from '(\.\.?\/[\w/-]+)\.js'/g

async function follow(name, folder, reached) {
  const text = await readFile(join(folder, `${name}.d.ts`), 'utf8')
  reached.set(name, text)
  for (const [, path] of text.matchAll(IMPORT)) {
    const next = join(dirname(name), path)
    if (!reached.has(next)) await follow(next, folder, reached)
  }
}

async function write(path, text) {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
}
