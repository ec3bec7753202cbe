import { testNode } from './support/node.mjs'

testNode(`Node.js ${process.versions.node.split('.')[0]}`)
