import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { compilerPath } from '../../../pkg/build/declarations.mjs'
import { writeInto } from './application.mjs'

/** An application that Vite or Next.js would build. */
const OPTIONS = {
  target: 'es2022',
  lib: ['es2022', 'dom', 'dom.iterable'],
  module: 'esnext',
  moduleResolution: 'bundler',
  jsx: 'react-jsx',
  types: ['vite/client'],
  strict: true,
  allowJs: true,
  noEmit: true,
  // Redux Toolkit's own declarations do not compile.
  skipLibCheck: true,
}

/** In JavaScript a parameter does not say what it is, nor a page that it has an element. */
const JAVASCRIPT = { checkJs: true, strict: false }

/** What of `files`, each `{ name, text }`, does not compile in `folder`, as `{ name, line, message }`. */
export async function compileErrors(folder, files) {
  for (const { name, text } of files) await writeInto(folder, name, text)
  const names = files.map(({ name }) => name)
  const isTyped = name => /\.[mc]?tsx?$/.test(name)
  const [typed, untyped] = await Promise.all([
    compile(folder, 'tsconfig.json', OPTIONS, names.filter(isTyped)),
    compile(
      folder,
      'jsconfig.json',
      { ...OPTIONS, ...JAVASCRIPT },
      names.filter(name => !isTyped(name)),
    ),
  ])
  return [...typed, ...untyped]
}

const ERROR = /^(.+?)\((\d+),\d+\): error (.*)$/

async function compile(folder, project, compilerOptions, files) {
  if (files.length === 0) return []
  await writeInto(folder, project, JSON.stringify({ compilerOptions, files }))
  const args = [compilerPath(), '--pretty', 'false', '--project', project]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder }).catch(error => error)
  return stdout
    .split('\n')
    .filter(line => line !== '' && !line.startsWith(' '))
    .map(line => {
      const [, name, at, message] = line.match(ERROR) ?? [null, project, 1, line]
      return { name, line: Number(at), message }
    })
}
