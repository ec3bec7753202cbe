// The versions in README.md are those that the package asks for, and those that it is tested with.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { pageAt, ROOT } from './support/pages.mjs'

const manifestOf = async folder => JSON.parse(await readFile(join(ROOT, folder, 'package.json'), 'utf8'))

const [root, pkg, docs] = await Promise.all(['.', 'pkg', 'tests/docs'].map(manifestOf))

/** The rows of the table: what, the versions that are promised, and those of the tests. */
const ROWS = [
  ['TypeScript', null, 'typescript', [root, docs]],
  ['React', pkg.peerDependencies.react, 'react', [pkg]],
  ['Redux Toolkit', pkg.peerDependencies['@reduxjs/toolkit'], '@reduxjs/toolkit', [pkg]],
  ['axios', pkg.peerDependencies.axios, 'axios', [root]],
  ['Node.js, for rendering on a server', pkg.engines.node, null, []],
]

for (const [what, promised, library, manifests] of ROWS) {
  test(what, () => {
    const line = pageAt('README.md')
      .text.split('\n')
      .find(line => line.startsWith(`| ${what} | `))
    assert.ok(line, 'README.md does not say')
    const [, , versions, tested] = line.split('|').map(cell => cell.trim())
    if (promised !== null) assert.equal(versions, `\`${promised}\``)
    if (library !== null) assert.equal(tested, testedWith(library, manifests).join(', '))
  })
}

test('nothing that an application may bring is left out', () => {
  const named = ROWS.map(([, , library]) => library)
  assert.deepEqual(
    Object.keys(pkg.peerDependencies).filter(name => !named.includes(name)),
    [],
  )
})

/** The versions of a library that the tests install, under whatever name, without their last number. */
function testedWith(library, manifests) {
  const versions = manifests
    .flatMap(({ devDependencies }) => Object.entries(devDependencies))
    .map(([name, spec]) => spec.match(/^npm:(.+)@(.+)$/)?.slice(1) ?? [name, spec])
    .filter(([name]) => name === library)
    .map(([, version]) => version.split('.').slice(0, 2).join('.'))
  return [...new Set(versions)].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
}
