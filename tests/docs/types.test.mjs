// The declarations under each TypeScript that README.md promises, in the ways in which it finds them. What they say is in
// `pkg/test/types`; `pkg/test/package.test.js` has it with each version of the libraries that the package goes with.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { promisify } from 'node:util'
import { pageAt, ROOT } from './support/pages.mjs'

const require = createRequire(import.meta.url)

/** The oldest, the last of its kind, the last that is written in TypeScript, and the one that the package is built with. */
const COMPILERS = [
  'typescript-5.4',
  'typescript-5.9',
  'typescript-6',
  '../../../node_modules/typescript',
].map(name => {
  const manifest = require.resolve(join(import.meta.dirname, 'node_modules', name, 'package.json'))
  return { version: require(manifest).version, program: join(dirname(manifest), 'bin/tsc') }
})

const OLDEST = COMPILERS.at(0)
const NEWEST = COMPILERS.at(-1)

/** Each with what it adds to the project's options; those of some compilers are the same for the others, and take long. */
const PROJECTS = [
  { name: 'nodenext', args: ['tsconfig.json'] },
  { name: 'bundler', args: ['tsconfig.bundler.json'] },
  {
    name: 'node16',
    args: ['tsconfig.json', '--module', 'node16', '--moduleResolution', 'node16'],
    compilers: [OLDEST, NEWEST],
  },
  {
    name: 'Redux Toolkit, with its own declarations',
    // Under `exactOptionalPropertyTypes` these do not compile.
    args: ['tsconfig.redux.json', '--skipLibCheck', 'false', '--exactOptionalPropertyTypes', 'false'],
  },
  { name: 'Redux Toolkit, exactly', args: ['tsconfig.redux.json'], compilers: [NEWEST] },
]

for (const compiler of COMPILERS) {
  describe(`TypeScript ${compiler.version}`, () => {
    for (const { name, args, compilers = COMPILERS } of PROJECTS) {
      if (!compilers.includes(compiler)) continue
      test(name, async () => {
        const [project, ...options] = args
        const command = [compiler.program, '--project', join(ROOT, 'pkg/test/types', project), ...options]
        const { stdout } = await promisify(execFile)(process.execPath, command).catch(error => error)
        assert.equal(stdout, '')
      })
    }
  })
}

test('README.md promises these versions', () => {
  const short = ({ version }) => version.split('.', version.startsWith('5') ? 2 : 1).join('.')
  const promised = pageAt('README.md').text.match(/^\| TypeScript \| (\S+) to (\S+) \|/m)
  assert.deepEqual(promised?.slice(1), [OLDEST, NEWEST].map(short))
})
