// What a type checker and a bundler find in the tarball, by the word of the tools that were made to tell.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { TARBALL } from './support/environment.mjs'

const tarball = await readFile(TARBALL)

test('publint finds nothing in the tarball, in its strict mode', async () => {
  const { messages, pkg } = await publint({ pack: { tarball: tarball.buffer }, strict: true })
  assert.deepEqual(
    messages.map(message => formatMessage(message, pkg, { color: false })),
    [],
  )
})

test('attw finds nothing wrong with the types of any part, however it is resolved', async () => {
  const { problems, entrypoints } = await checkPackage(createPackageFromTarballData(tarball))
  assert.ok('./verify' in entrypoints)
  assert.deepEqual(problems, [])
})
