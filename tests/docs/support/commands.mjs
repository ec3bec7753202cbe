import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { required, SERVER } from '../../e2e/support/environment.mjs'
import { ROOT } from './pages.mjs'

const run = promisify(execFile)

/** The commands of a script, each as its words. Knows as much of a shell as the pages use. */
export function commandsOf(script) {
  const lines = script.replaceAll('\\\n', ' ').split('\n')
  return lines
    .flatMap(line => line.replace(/(^|\s)#.*$/, '').split('&&'))
    .map(line => Array.from(line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g), ([, a, b, c]) => a ?? b ?? c))
    .filter(words => words.length > 0)
}

/** Fails where a command does not exist, or does not take what it is given. */
export function checkCommand([program, ...args]) {
  const check = PROGRAMS[program]
  assert.ok(check, `nothing knows the program ${program}`)
  return check(args)
}

const PROGRAMS = {
  cargo: checkCargo,
  npm: checkNpm,
  npx: ([name]) => checkBinary(name),
}

async function checkCargo([subcommand, ...args]) {
  if (subcommand === 'xtask') return takes(required('SESSION_WARDEN_XTASK'), args)
  if (subcommand === 'fuzz') return checkFuzz(args)
  if (subcommand === 'fmt') return
  if (subcommand === 'install') return assert.deepEqual(args, ['cargo-fuzz'])
  if (subcommand === 'add') return checkAdd(args)
  assert.ok(['run', 'test', 'build'].includes(subcommand), `nothing knows cargo ${subcommand}`)
  const end = args.indexOf('--')
  const own = end < 0 ? args : args.slice(0, end)
  const handedOn = end < 0 ? [] : args.slice(end + 1)
  const named = optionOf(own, ['-p', '--package'])
  if (named !== undefined) assert.ok(await isCrate(named), `there is no crate ${named}`)
  if (named === 'session-warden-server' && subcommand === 'run') return takes(SERVER, handedOn)
  const manifest = optionOf(own, ['--manifest-path'])
  const example = optionOf(own, ['--example'])
  if (example !== undefined)
    await readFile(join(ROOT, manifest ?? 'Cargo.toml', '..', 'examples', `${example}.rs`))
}

/** What is added is a crate of the workspace, or one that an example adds; and the repository is this one. */
async function checkAdd([name, ...options]) {
  const manifests = await Promise.all(
    ['.', 'examples/guide'].map(folder => readFile(join(ROOT, folder, 'Cargo.toml'), 'utf8')),
  )
  assert.match(manifests.join('\n'), new RegExp(`^(name = "${name}"|${name}( = |\\.workspace))`, 'm'))
  const repository = optionOf(options, ['--git'])
  if (repository !== undefined) assert.ok(manifests[0].includes(`repository = "${repository}"`))
}

/** Each program answers `--help` only where it has understood what comes before. */
async function takes(program, args) {
  const { code, stderr } = await run(program, [...args, '--help']).catch(error => error)
  assert.equal(code, undefined, stderr)
}

async function checkFuzz([, target]) {
  const manifest = await readFile(join(ROOT, 'fuzz/Cargo.toml'), 'utf8')
  assert.match(manifest, new RegExp(`^name = "${target}"$`, 'm'))
}

async function isCrate(name) {
  for (const folder of ['.', 'server', 'xtask']) {
    const manifest = await readFile(join(ROOT, folder, 'Cargo.toml'), 'utf8')
    if (manifest.includes(`\nname = "${name}"\n`)) return true
  }
  return false
}

async function checkNpm([subcommand, ...args]) {
  if (subcommand === 'install') return checkInstall(args)
  assert.ok(['run', 'test'].includes(subcommand), `nothing knows npm ${subcommand}`)
  const { scripts = {} } = await manifestOf(optionOf(args, ['--workspace', '-w']) ?? '.')
  const script = subcommand === 'run' ? args[0] : 'test'
  assert.ok(script in scripts, `there is no script ${script}`)
}

/** Of what is installed there is a version here, with which the tests run. */
async function checkInstall(args) {
  const names = args.filter(word => !word.startsWith('-'))
  const known = new Set(['session-warden', '/path/to/session-warden/pkg'])
  for (const folder of ['.', 'pkg', 'tests/docs']) {
    const { devDependencies } = await manifestOf(folder)
    for (const name of Object.keys(devDependencies ?? {})) known.add(name)
  }
  for (const name of names) assert.ok(known.has(name), `no test installs ${name}`)
}

async function checkBinary(name) {
  await readFile(join(ROOT, 'node_modules/.bin', name)).catch(() => assert.fail(`nothing brings ${name}`))
}

const manifestOf = async folder => JSON.parse(await readFile(join(ROOT, folder, 'package.json'), 'utf8'))

function optionOf(args, names) {
  const index = args.findIndex(word => names.includes(word))
  return index < 0 ? undefined : args[index + 1]
}
