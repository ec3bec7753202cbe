import { copyFile, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
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

/**
 * Builds an application of `blocks`, with mains/`main` for its entry. Returns its files as texts by their paths, the
 * page among them for each of `routes`. `define`: what stands for names.
 */
export async function buildApp({ blocks, main, plugins = [], define = {}, routes = ['/'] }) {
  const root = await mkdtemp(join(tmpdir(), 'session-warden-app-'))
  try {
    await symlink(path('node_modules'), join(root, 'node_modules'), 'junction')
    for (const [name, code] of blocks) await writeFile(join(root, name), code)
    await copyFile(path(`mains/${main}`), join(root, 'main.js'))
    await copyFile(path('support/probe.js'), join(root, 'probe.js'))
    await writeFile(join(root, 'index.html'), PAGE)
    const { output } = await build({
      root,
      configFile: blocks.has('vite.config.ts') && join(root, 'vite.config.ts'),
      logLevel: 'error',
      plugins,
      define,
      // The package is a link here, and would look for React where it leads.
      resolve: { preserveSymlinks: true },
      build: { write: false },
    })
    const texts = output.map(({ fileName, code, source }) => [`/${fileName}`, code ?? source])
    const files = Object.fromEntries(texts)
    const { '/index.html': page, ...rest } = files
    return { ...rest, ...Object.fromEntries(routes.map(route => [route, page])) }
  } finally {
    await rm(root, { recursive: true })
  }
}
