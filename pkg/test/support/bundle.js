import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** The package as it is built, and what else `contents` imports, as one script for a page. */
export async function bundle(contents, alias = {}) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: fileURLToPath(new URL('..', import.meta.url)) },
    bundle: true,
    format: 'esm',
    write: false,
    alias,
    // Not the package's own, which leads to its sources.
    tsconfigRaw: {},
  })
  return outputFiles[0].text
}

/** A page that is nothing but a script. */
export const pageOf = script =>
  `<!doctype html><title>app</title><script type="module" src="${script}"></script>`
