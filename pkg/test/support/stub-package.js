import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { buildPackage } from '../../build/package.mjs'

/** The smallest module there is. */
export const WASM = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00)

const folder = await mkdtemp(join(tmpdir(), 'session-warden-stub-'))
after(() => rm(folder, { recursive: true }))

const wasm = join(folder, 'stub.wasm')
await writeFile(wasm, WASM)
await buildPackage({
  wasm,
  glue: fileURLToPath(new URL('./stub-glue.js', import.meta.url)),
  out: join(folder, 'dist'),
})

/** Where it was built. */
export const STUB_PACKAGE = folder

let copies = 0

/** The package around the stub core: a copy of its own each time, as if two bundles had each brought one. */
export function importCopy() {
  copies += 1
  return import(`${pathToFileURL(join(folder, 'dist/esm/index.js'))}?copy=${copies}`)
}

/** The same with its part for axios, and the axios that it finds: the one that is installed as `name`. */
export async function importWithAxios(name) {
  const home = join(folder, name)
  await mkdir(join(home, 'node_modules'), { recursive: true })
  await cp(join(folder, 'dist'), join(home, 'dist'), { recursive: true })
  const installed = dirname(createRequire(import.meta.url).resolve(`${name}/package.json`))
  await symlink(installed, join(home, 'node_modules/axios'), 'junction')
  const [{ createSession }, own, { default: axios }] = await Promise.all([
    import(pathToFileURL(join(home, 'dist/esm/index.js'))),
    import(pathToFileURL(join(home, 'dist/esm/axios.js'))),
    import(name),
  ])
  return { createSession, ...own, axios }
}

/** The part for Redux Toolkit, and the Redux Toolkit that it finds. */
export async function importWithRedux() {
  const installed = dirname(createRequire(import.meta.url).resolve('@reduxjs/toolkit/package.json'))
  await mkdir(join(folder, 'node_modules/@reduxjs'), { recursive: true })
  await symlink(installed, join(folder, 'node_modules/@reduxjs/toolkit'), 'junction')
  return import(pathToFileURL(join(folder, 'dist/esm/redux.js')))
}

/** A sub-path of the same package. */
export const importPart = name => import(pathToFileURL(join(folder, `dist/esm/${name}.js`)).href)
