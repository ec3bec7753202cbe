import assert from 'node:assert/strict'
import test from 'node:test'
import { documented, SECTIONS } from './support/document.mjs'

for (const section of SECTIONS) {
  test(`${section}: a session needs no more than fifteen lines`, () => {
    const lines = documented(section, 'session.js').trimEnd().split('\n')
    assert.ok(lines.length <= 15, `there are ${lines.length} lines`)
  })
}
