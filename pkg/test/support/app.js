import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { launchBrowser } from './browser.js'
import { openSite } from './site.js'

/** A site with an application for each name of `sources`, a browser, and what ends both. */
export async function openApps(page, sources) {
  const folder = await mkdtemp(join(tmpdir(), 'session-warden-apps-'))
  for (const [name, source] of Object.entries(sources)) await buildApp(join(folder, name), page, source)
  const site = await openSite({ '/': folder })
  const browser = await launchBrowser()
  const close = async () => {
    await browser.close()
    site.close()
    await rm(folder, { recursive: true })
  }
  return { browser, site, close }
}

/** Builds the application that `source` is into `folder`, with `page` beside it, as while it is developed. */
async function buildApp(folder, page, source) {
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
