// Bundles the demo in React into the folder that is named: `node www/react/build.mjs FOLDER`. The package comes first.
import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const HERE = fileURLToPath(new URL('.', import.meta.url))

/** Makes `folder` the page. */
export async function buildReactDemo(folder) {
  await mkdir(folder, { recursive: true })
  await copyFile(join(HERE, 'index.html'), join(folder, 'index.html'))
  await build({
    entryPoints: [join(HERE, 'main.jsx')],
    outdir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    minify: true,
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'warning',
  })
}

const [, script, folder] = process.argv
if (script === fileURLToPath(import.meta.url)) {
  if (folder === undefined) throw new Error('name the folder to build into')
  await buildReactDemo(folder)
}
