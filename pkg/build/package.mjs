import { access, copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, transform } from 'esbuild'
import { writeDeclarations } from './declarations.mjs'
import { bundleGlue } from './glue.mjs'
import { inlineModule } from './inline-wasm.mjs'
import { minifyNames } from './minify-names.mjs'
import { realmModule } from './realm.mjs'

const SOURCE = fileURLToPath(new URL('../src', import.meta.url))

// The oldest browsers with all that the WebAssembly module needs understand this much.
const TARGET = 'es2022'

/** The two module systems. In CommonJS `import()` becomes `require`, without which Jest cannot load the rest. */
const FORMATS = [
  { format: 'esm', folder: 'esm', extension: '.js', supported: {} },
  { format: 'cjs', folder: 'cjs', extension: '.cjs', supported: { 'dynamic-import': false } },
]

/** What can be imported: the package itself, and its sub-paths. */
const ENTRIES = ['index', 'axios', 'react', 'redux', 'compat', 'verify', 'monitor', 'testing']

/** Loaded only when a session starts, and the vault only where one is asked for; each is a file of its own, so that importing the package stays cheap. */
const LAZY = ['glue', 'wasm-inline', 'vault', 'wire']

/**
 * Not taken into another file's bundle. The sub-paths share the package's own file, and with it the classes of errors;
 * the part for React loads the monitor by itself.
 */
const APART = ['index', 'monitor', ...LAZY]

const ENVIRONMENT = 'process.env.NODE_ENV'

/** What applications bring. What else is imported becomes part of the package. */
const PEERS = Object.keys(
  JSON.parse(await readFile(join(SOURCE, '../package.json'), 'utf8')).peerDependencies,
)

/** The libraries that do, whose licences ask to be handed on with them. */
const INCLUDED = { jose: 'LICENSE.md', 'fake-indexeddb': 'LICENSE' }

/** Builds the package into the folder `out`, from the paths of the WebAssembly module and its glue. */
export async function buildPackage({ wasm, glue, out }) {
  await Promise.all([wasm, glue].map(requireInput))
  const short = await minifyNames(wasm, await readFile(glue, 'utf8'))
  await rm(out, { recursive: true, force: true })
  for (const { folder } of FORMATS) await mkdir(join(out, folder), { recursive: true })

  const realm = await realmModule(
    join(SOURCE, 'testing/realm-entry.ts'),
    { path: glue, text: short.glue },
    TARGET,
  )
  for (const target of FORMATS) {
    for (const entry of ENTRIES)
      await bundleEntry(target, out, entry, entry === 'testing' ? simulated(realm) : {})
    await bundleEntry(target, out, 'vault')
    await bundleEntry(target, out, 'wire')
    await writeGlue(target, out, { path: glue, text: short.glue })
    await writeInlineWasm(target, out, short.bytes)
  }
  await writeFile(join(out, 'session_warden.wasm'), short.bytes)
  await writeDeclarations(ENTRIES, out)
  await copyLicences(out)
}

async function requireInput(path) {
  await access(path).catch(cause => {
    throw new Error(`cannot read ${path}; \`cargo xtask build\` makes it`, { cause })
  })
}

async function bundleEntry(
  { format, folder, extension, supported },
  out,
  name,
  { inject, plugins = [] } = {},
) {
  await build({
    entryPoints: [join(SOURCE, `${name}.ts`)],
    outfile: join(out, folder, `${name}${extension}`),
    bundle: true,
    format,
    target: TARGET,
    supported,
    external: PEERS,
    minify: true,
    sourcemap: true,
    // As it stands: the application's bundler knows it, and not this one.
    define: { [ENVIRONMENT]: ENVIRONMENT },
    inject,
    plugins: [
      ...plugins,
      {
        name: 'files-apart',
        setup({ onResolve }) {
          const apart = new RegExp(`^\\.{1,2}/(${APART.join('|')})\\.js$`)
          onResolve({ filter: apart }, ({ path }) => ({
            path: path.replace(/^\.{1,2}(.*)\.js$/, `.$1${extension}`),
            external: true,
          }))
        },
      },
    ],
  })
}

/** Made here, so that it is nowhere on the disk. */
const REALM = join(SOURCE, 'testing/realm.js')

/** What makes a browser of the part for tests: `realm` is all that a page loads. */
function simulated(realm) {
  return {
    inject: [join(SOURCE, 'testing/natives.ts')],
    plugins: [
      {
        name: 'simulated',
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /^\.\/realm\.js$/ }, () => ({ path: REALM }))
          onLoad({ filter: /realm\.js$/ }, ({ path }) => (path === REALM ? { contents: realm } : undefined))
          // The simulated database's own tasks are among those that are waited for.
          onResolve({ filter: /\/scheduling\.js$/ }, () => ({ path: join(SOURCE, 'testing/tasks.ts') }))
        },
      },
    ],
  }
}

async function writeGlue({ format, folder, extension }, out, glue) {
  await bundleGlue(glue, join(out, folder, `glue${extension}`), { format, target: TARGET })
}

async function writeInlineWasm({ format, folder, extension }, out, bytes) {
  const { code } = await transform(inlineModule(bytes), { format, target: TARGET, minify: true })
  await writeFile(join(out, folder, `wasm-inline${extension}`), code)
}

async function copyLicences(out) {
  for (const name of ['LICENSE-MIT', 'LICENSE-APACHE']) {
    const path = fileURLToPath(new URL(`../../${name}`, import.meta.url))
    await access(path)
    await copyFile(path, join(out, name))
  }
  for (const [name, file] of Object.entries(INCLUDED))
    await copyFile(join(folderOf(name), file), join(out, `LICENSE-${name}${extname(file)}`))
}

/** Where npm has put a package. Not every one shows its `package.json`. */
function folderOf(name) {
  const folder = join('node_modules', name)
  const [before] = createRequire(import.meta.url)
    .resolve(name)
    .split(folder)
  return before + folder
}
