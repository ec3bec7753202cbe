// docs/api is what the declarations say, and they say something about everything.
import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { REFERENCE, writeReference } from './support/reference.mjs'

let folder
let complaints

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'session-warden-reference-'))
  complaints = await writeReference(folder)
})

after(() => rm(folder, { recursive: true }))

test('every name and every member of the package is documented', () => {
  assert.deepEqual(complaints, [])
})

test('docs/api is up to date: `cargo xtask docs` writes it', async () => {
  const names = (await readdir(folder)).sort()
  assert.deepEqual((await readdir(REFERENCE)).sort(), names)
  for (const name of names) {
    const [written, current] = await Promise.all(
      [REFERENCE, folder].map(folder => readFile(join(folder, name), 'utf8')),
    )
    assert.equal(written, current, name)
  }
})
