import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const DOCS = new URL('../../../docs/', import.meta.url)
const PACKAGE = fileURLToPath(new URL('../..', import.meta.url))

/** A block belongs to the file that its first line names. */
const BLOCK = /^```tsx?\n\/\/ (\S+)\n([\s\S]*?)^```$/gm

/** The files that the page `name` of the documentation is made of, with what they export as globals: one script. */
export async function bundleGuide(name, files) {
  const page = await readFile(new URL(name, DOCS), 'utf8')
  const blocks = new Map([...page.matchAll(BLOCK)].map(([, file, code]) => [file, code]))
  const imports = files.map((file, index) => `import * as file${index} from './${file}'\n`)
  const { outputFiles } = await build({
    stdin: {
      contents: `${imports.join('')}Object.assign(globalThis, ${files.map((_, index) => `file${index}`)})`,
      resolveDir: PACKAGE,
    },
    bundle: true,
    format: 'esm',
    write: false,
    // Not the package's own, which leads to its sources.
    tsconfigRaw: {},
    plugins: [fromBlocks(blocks)],
  })
  return outputFiles[0].text
}

const fromBlocks = blocks => ({
  name: 'blocks of a page',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\.\// }, ({ path, importer, namespace }) => {
      // The package has relative imports as well.
      if (importer !== '<stdin>' && namespace !== 'guide') return undefined
      const stem = path.slice('./'.length)
      const file = [...blocks.keys()].find(name => name === stem || name.startsWith(`${stem}.`))
      return file && { path: file, namespace: 'guide' }
    })
    onLoad({ filter: /.*/, namespace: 'guide' }, ({ path }) => ({
      contents: blocks.get(path),
      loader: extname(path).slice(1),
      resolveDir: PACKAGE,
    }))
  },
})
