import { execFile } from 'node:child_process'
import { copyFile, mkdtemp, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'vite'

const path = name => fileURLToPath(new URL(`../${name}`, import.meta.url))

const PAGE = `<!doctype html>
<html lang="en">
  <head><meta charset="utf-8" /><title>app</title></head>
  <body>
    <div id="app"></div>
    <script type="module" src="/main.js"></script>
  </body>
</html>`

const COMPILER_OPTIONS = {
  target: 'es2022',
  lib: ['es2022', 'dom', 'dom.iterable'],
  module: 'esnext',
  moduleResolution: 'bundler',
  preserveSymlinks: true,
  types: [],
  strict: true,
  noEmit: true,
  skipLibCheck: true,
}

/** Writes an application of `blocks`, with mains/`main` for its entry, into a folder. Returns that. */
export async function writeApp(blocks, main) {
  const root = await mkdtemp(join(tmpdir(), 'session-warden-app-'))
  await symlink(path('node_modules'), join(root, 'node_modules'), 'junction')
  for (const [name, code] of blocks) await writeFile(join(root, name), code)
  await copyFile(path(`mains/${main}`), join(root, 'main.js'))
  await copyFile(path('support/probe.js'), join(root, 'probe.js'))
  await writeFile(join(root, 'index.html'), PAGE)
  return root
}

/** Builds an application with its own configuration, or with the `plugins`. Returns its files as texts by their paths. */
export async function buildApp(root, { hasConfig = false, plugins = [], define = {} }) {
  const { output } = await build({
    root,
    configFile: hasConfig && join(root, 'vite.config.ts'),
    logLevel: 'error',
    plugins,
    define,
    // The package is a link here, and would look for React where it leads.
    resolve: { preserveSymlinks: true },
    build: { write: false },
  })
  return Object.fromEntries(output.map(({ fileName, code, source }) => [`/${fileName}`, code ?? source]))
}

/** What the compiler `script` has to say of an application's types; nothing when all is well. */
export async function typeErrors(root, script, compilerOptions) {
  const config = { compilerOptions: { ...COMPILER_OPTIONS, ...compilerOptions } }
  await writeFile(join(root, 'tsconfig.json'), JSON.stringify(config))
  const project = script.endsWith('svelte-check') ? '--tsconfig' : '--project'
  const args = [script, project, 'tsconfig.json']
  return promisify(execFile)(process.execPath, args, { cwd: root }).then(
    () => '',
    ({ stdout, stderr }) => stdout + stderr,
  )
}
