import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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
