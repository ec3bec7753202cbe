import { testNode } from './support/node.mjs'
import { findNode, NODE_VERSIONS } from './support/node-versions.mjs'

for (const major of NODE_VERSIONS) testNode(`Node.js ${major}`, () => findNode(major))
