import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { installApplication } from './application.mjs'
import { Tool } from './tool.mjs'

/** Both module systems in the Node.js at the path that `find` settles to; null where it is not to be had. */
export function testNode(name, find = async () => process.execPath) {
  let installing
  const installed = () => (installing ??= installApplication('node'))
  let looking
  const seen = () => (looking ??= Promise.all(['import.mjs', 'require.cjs'].map(look)))

  async function look(script) {
    return JSON.parse((await Tool.run(await installed(), ['node', script], { node: await find() })).at(-1))
  }

  for (const [index, how] of ['import', 'require'].entries()) {
    test(`${name}, by ${how}`, async t => {
      if ((await find()) === null) return t.skip('no npm package has this Node.js for this machine')
      const { node, exported, ...rest } = (await seen())[index]
      assert.ok(node.startsWith(`v${name.match(/\d+/)}.`), node)
      assert.deepEqual(Object.keys(exported).sort(), (await entries(await installed())).sort())
      for (const names of Object.values(exported)) assert.ok(names.length > 0)
      assert.deepEqual(exported, (await seen())[0].exported)
      assert.deepEqual(rest, { status: 'unauthenticated', codes: ['environment', 'not-verifiable'] })
    })
  }
}

/** The names of what the installed package exports. */
async function entries(folder) {
  const { exports } = JSON.parse(
    await readFile(join(folder, 'node_modules/session-warden/package.json'), 'utf8'),
  )
  const names = Object.keys(exports).filter(path => path !== './package.json')
  return names.map(path => (path === '.' ? 'warden' : path.slice(2)))
}
