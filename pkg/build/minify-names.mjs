// The names between a WebAssembly module and its glue. wasm-bindgen's are long and carry hashes that no compressor can
// shorten (`__wbg_then_656f253a5dd7d8ea`), and a page would download each of them twice.
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

/** What the module may use: wasm-opt reads no module that goes beyond what it is told. */
const FEATURES = [
  '--enable-bulk-memory',
  '--enable-nontrapping-float-to-int',
  '--enable-sign-ext',
  '--enable-mutable-globals',
  '--enable-reference-types',
  '--enable-multivalue',
]

/**
 * Both sides with short names: the bytes of the module at the path `wasm`, and the text of `glue`. A module with
 * function names is for a debugger and stays as it is.
 */
export async function minifyNames(wasm, glue) {
  const bytes = await readFile(wasm)
  if (WebAssembly.Module.customSections(await WebAssembly.compile(bytes), 'name').length > 0)
    return { bytes, glue }
  const folder = await mkdtemp(join(tmpdir(), 'session-warden-names-'))
  try {
    const short = join(folder, 'short.wasm')
    const { stdout } = await promisify(execFile)(process.execPath, [
      wasmOptPath(),
      ...FEATURES,
      // Writing the module anew leaves a few bytes lying about; this takes them out again.
      '-Oz',
      '--minify-imports-and-exports-and-modules',
      wasm,
      '--output',
      short,
    ])
    return { bytes: await readFile(short), glue: renameInGlue(glue, JSON.parse(stdout)) }
  } finally {
    await rm(folder, { recursive: true })
  }
}

/**
 * The glue with the names of wasm-opt's map: `imports` is a list of [module, old name, new name], `exports` of
 * [old name, new name]. Throws where the two do not fit, since the page would find out only when it loads.
 */
export function renameInGlue(glue, { imports, exports }) {
  // What needs no conversions is imported from the library's own JavaScript directly, as a whole file.
  const direct = imports.filter(([module]) => module.startsWith('./snippets/'))
  const converted = imports.filter(entry => !direct.includes(entry))
  const functions = new Map(converted.map(([, from, to]) => [from, to]))
  const members = new Map(exports)
  const unmet = new Set([...functions.keys(), ...imports.map(([module]) => module)])
  const rename = (names, name, what) => {
    unmet.delete(name)
    if (names.has(name)) return names.get(name)
    throw new Error(`the glue ${what} ${name}, which the WebAssembly module does not know`)
  }
  const merge = modules => {
    const bindings = new Map()
    for (const [, module, binding] of modules.matchAll(IMPORTED_MODULE)) bindings.set(module, binding)
    for (const module of bindings.keys()) unmet.delete(module)
    const wholes = converted.map(([module]) => `...${bindings.get(module)}`)
    const parts = direct.map(([module, from, to]) => `${to}: ${bindings.get(module)}.${from}`)
    return `        "${MINIFIED_MODULE}": { ${[...new Set(wholes), ...parts].join(', ')} },\n`
  }
  const renamed = glue
    .replace(IMPORTED_FUNCTION, (_, indent, name) => `${indent}${rename(functions, name, 'offers')}: `)
    .replace(IMPORTED_MODULES, merge)
    .replace(EXPORT_USE, (_, name) => `wasm.${rename(members, name, 'uses')}`)
  if (unmet.size > 0) throw new Error(`the WebAssembly module needs what the glue has not: ${[...unmet]}`)
  return renamed
}

/** What wasm-opt calls every module that is imported from. */
const MINIFIED_MODULE = 'a'

const IMPORTED_FUNCTION = /^( {8})(\w+): (?=function\()/gm
const IMPORTED_MODULE = /^ {8}"([^"]+)": (import\d+),\n/gm
const IMPORTED_MODULES = new RegExp(`(?:${IMPORTED_MODULE.source})+`, 'm')
const EXPORT_USE = /\bwasm\.([\w$]+)/g

function wasmOptPath() {
  const manifest = createRequire(import.meta.url).resolve('binaryen/package.json')
  return join(dirname(manifest), 'bin/wasm-opt')
}
