// Builds pkg/dist from the TypeScript here and from the two files that the Rust build makes:
//   SESSION_WARDEN_WASM  the optimised WebAssembly module
//   SESSION_WARDEN_GLUE  the JavaScript of `wasm-bindgen --target web --omit-default-module-path`
// Into another folder where SESSION_WARDEN_DIST names one.
import { fileURLToPath } from 'node:url'
import { buildPackage } from './build/package.mjs'

function pathFrom(variable) {
  const path = process.env[variable]
  if (path) return path
  process.stderr.write(`${variable} is not set: run \`cargo xtask build\`, or give the path yourself\n`)
  process.exit(1)
}

const wasm = pathFrom('SESSION_WARDEN_WASM')
const glue = pathFrom('SESSION_WARDEN_GLUE')
const out = process.env.SESSION_WARDEN_DIST ?? fileURLToPath(new URL('./dist', import.meta.url))
await buildPackage({ wasm, glue, out })
