// The blocks of docs/testing.md as they stand there, each run by the test runner that it is for. Vitest 4 and jsdom 29 are
// the last that say that they run in Node.js 20.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { compilerPath } from '../../pkg/build/declarations.mjs'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const PACKAGE = fileURLToPath(new URL('../../pkg', import.meta.url))

const BLOCK = /^```(tsx?|js)\n\/\/ (\S+)\n([\s\S]*?)^```$/gm

const require = createRequire(import.meta.url)

/** What one of the tools in this folder is started with. */
const program = (name, path) => join(dirname(require.resolve(`${name}/package.json`)), path)

/** An application that has installed the package and, a folder further up, everything else. */
let app

/** How many tests there are for each runner. */
const tests = { vitest: 0, jest: 0 }

before(async () => {
  app = await mkdtemp(join(HERE, 'app-'))
  for (const name of ['package.json', 'dist'])
    await cp(join(PACKAGE, name), join(app, 'node_modules/session-warden', name), { recursive: true })

  const text = await readFile(new URL('../../docs/testing.md', import.meta.url), 'utf8')
  const blocks = [...text.matchAll(BLOCK)]
  assert.equal(blocks.length, text.match(/^```/gm).length / 2, 'a block does not name its file')
  // Both have files of the same names.
  for (const folder of ['vitest', 'jest']) await mkdir(join(app, folder))
  for (const [, language, name, code] of blocks) {
    const runner = language === 'js' ? 'jest' : 'vitest'
    await writeFile(join(app, runner, name), code)
    tests[runner] += [...code.matchAll(/^test\(/gm)].length
  }
  await writeFile(join(app, 'jest/package.json'), '{ "type": "commonjs" }')
  await writeFile(join(app, 'vitest/package.json'), '{ "type": "module" }')
})

after(() => rm(app, { recursive: true }))

async function run(path, args, folder) {
  const options = { cwd: join(app, folder), env: { ...process.env, NO_COLOR: '1' } }
  const {
    stdout,
    stderr,
    code = 0,
  } = await promisify(execFile)(process.execPath, [path, ...args], options).catch(error => error)
  return { output: stdout + stderr, code }
}

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

test('the code for Vitest compiles', async () => {
  const config = JSON.stringify({ compilerOptions: COMPILER_OPTIONS })
  await writeFile(join(app, 'vitest/tsconfig.json'), config)
  const { output } = await run(compilerPath(), ['--project', '.'], 'vitest')
  assert.equal(output, '')
})

/** Each test once in each of a runner's `environments`. */
async function assertAllPassed(runner, environments, { output, code }) {
  assert.equal(code, 0, output)
  assert.doesNotMatch(output, /not wrapped in act|open handle|did not exit/)
  const { numPassedTests, numTotalTests } = JSON.parse(
    await readFile(join(app, runner, 'result.json'), 'utf8'),
  )
  assert.equal(numPassedTests, numTotalTests)
  assert.equal(numTotalTests, tests[runner] * environments.length)
}

test('the code for Vitest runs in each of its environments', async () => {
  const environments = ['node', 'jsdom', 'happy-dom']
  const projects = environments.map(environment => ({ test: { name: environment, environment } }))
  const config = `export default { test: { projects: ${JSON.stringify(projects)} } }`
  await writeFile(join(app, 'vitest/vitest.config.js'), config)
  const args = ['run', '--root', '.', '--reporter=default', '--reporter=json', '--outputFile=result.json']
  const ran = await run(program('vitest', 'vitest.mjs'), args, 'vitest')
  await assertAllPassed('vitest', environments, ran)
})

for (const environment of ['node', 'jsdom']) {
  test(`the code for Jest runs in its environment ${environment}, and leaves nothing open`, async () => {
    const args = [
      '--rootDir=.',
      `--env=${environment}`,
      '--detectOpenHandles',
      '--json',
      '--outputFile=result.json',
    ]
    const ran = await run(program('jest', 'bin/jest.js'), args, 'jest')
    await assertAllPassed('jest', [environment], ran)
  })
}
