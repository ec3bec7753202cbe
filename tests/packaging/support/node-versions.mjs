import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { installTools } from './application.mjs'

/** Those that are tested besides the one at hand. */
export const NODE_VERSIONS = [22, 24, 26]

let installing

/** The path of a Node.js of the version `major`, from npm; null where npm has none for this machine. */
export async function findNode(major) {
  installing ??= installTools('node-versions')
  const name = `node-${major}-${process.platform}-${process.arch}`
  const path = join(await installing, 'node_modules', name, 'bin/node')
  return access(path).then(
    () => path,
    () => null,
  )
}

/** One that every tool of today runs on: the one at hand, or a newer one; null where there is none. */
export async function modernNode() {
  return Number(process.versions.node.split('.')[0]) >= 24 ? process.execPath : findNode(24)
}
