// What the documentation shows compiles, as in an application that has installed the package: `npm run build` comes
// first. A block belongs to the file that its first line names, and may import the other files of its page.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { compilerPath } from '../build/declarations.mjs'

const DOCS = new URL('../../docs/', import.meta.url)
const INSTALLED = fileURLToPath(new URL('../../node_modules', import.meta.url))

const BLOCK = /^```tsx?\n\/\/ (\S+)\n([\s\S]*?)^```$/gm

/** An application that Vite or Next.js would build. */
const COMPILER_OPTIONS = {
  target: 'es2022',
  lib: ['es2022', 'dom', 'dom.iterable'],
  module: 'esnext',
  moduleResolution: 'bundler',
  jsx: 'react-jsx',
  types: [],
  strict: true,
  noEmit: true,
  skipLibCheck: true,
}

/** As much as the pages use of what they do not install. */
const ROUTERS = `
declare module 'react-router' {
  import type { ReactNode } from 'react'
  export function Navigate(props: { to: string; replace?: boolean }): ReactNode
  export function Outlet(): ReactNode
}
declare module 'next/navigation' {
  export function useRouter(): { replace(href: string): void }
}
`

for (const name of ['csp', 'monitor', 'react', 'redux', 'verify']) {
  test(`the code in docs/${name}.md compiles`, async () => {
    const text = await readFile(new URL(`${name}.md`, DOCS), 'utf8')
    const blocks = [...text.matchAll(BLOCK)]
    assert.equal(blocks.length, text.match(/^```tsx?$/gm).length, 'a block does not name its file')

    const folder = await mkdtemp(join(tmpdir(), 'session-warden-docs-'))
    try {
      await symlink(INSTALLED, join(folder, 'node_modules'), 'junction')
      await writeFile(join(folder, 'routers.d.ts'), ROUTERS)
      await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: COMPILER_OPTIONS }))
      for (const [, file, code] of blocks) await writeFile(join(folder, file), code)
      const compiled = await promisify(execFile)(process.execPath, [
        compilerPath(),
        '--project',
        folder,
      ]).catch(error => error)
      assert.equal(compiled.stdout, '')
    } finally {
      await rm(folder, { recursive: true })
    }
  })
}
