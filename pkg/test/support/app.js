import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** Builds the application that `source` is into `folder`, with `page` beside it, as while it is developed. */
export async function buildApp(folder, page, source) {
  await mkdir(folder)
  await writeFile(join(folder, 'index.html'), page)
  await build({
    stdin: { contents: source, loader: 'jsx', resolveDir: fileURLToPath(new URL('..', import.meta.url)) },
    outdir: folder,
    entryNames: 'app',
    bundle: true,
    splitting: true,
    format: 'esm',
    jsx: 'automatic',
    // The compiler's paths lead past what is built.
    tsconfigRaw: {},
    // Only then StrictMode mounts everything twice, a store checks what it holds, and what is for development is there.
    define: { 'process.env.NODE_ENV': '"development"' },
  })
}
