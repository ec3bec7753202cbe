// What Angular's own builder does, which asks for a newer Node.js than the rest of the checkout: its ahead-of-time
// compiler for the application, its linker for the libraries.
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createCompilerHost, formatDiagnostics, performCompilation } from '@angular/compiler-cli'
import { needsLinking } from '@angular/compiler-cli/linker'
import linker from '@angular/compiler-cli/linker/babel'
import { transformAsync } from '@babel/core'
import ts from 'typescript'

/** A plugin of Vite for an application whose TypeScript lies in its root. */
export function angular() {
  /** JavaScript by the path of the TypeScript. */
  const compiled = new Map()
  return {
    name: 'angular',
    enforce: 'pre',
    async configResolved({ root }) {
      const names = (await readdir(root)).filter(name => name.endsWith('.ts'))
      compile(
        names.map(name => join(root, name)),
        compiled,
      )
    },
    async transform(code, id) {
      if (compiled.has(id)) return { code: compiled.get(id) }
      if (!id.includes('/@angular/') || !needsLinking(id, code)) return undefined
      return transformAsync(code, {
        filename: id,
        plugins: [linker],
        compact: false,
        configFile: false,
        babelrc: false,
      })
    },
  }
}

/** With every check that the compiler has. */
function compile(rootNames, compiled) {
  const options = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    preserveSymlinks: true,
    strict: true,
    skipLibCheck: true,
    types: [],
    strictTemplates: true,
    strictInjectionParameters: true,
  }
  const host = createCompilerHost({ options })
  host.writeFile = (path, code) => compiled.set(path.replace(/\.js$/, '.ts'), code)
  const { diagnostics } = performCompilation({ rootNames, options, host })
  if (diagnostics.length > 0) throw new Error(formatDiagnostics(diagnostics))
}
