import { testBundler } from './support/bundler.mjs'
import { modernNode } from './support/node-versions.mjs'

testBundler('webpack 5', {
  fixture: 'webpack',
  // webpack-dev-server 6 wants Node.js 22; webpack itself does not.
  node: modernNode,
  serve: port => ['webpack', 'serve', '--mode', 'development', '--port', port],
  build: ['webpack', '--mode', 'production'],
  buildGuard: [
    'webpack',
    '--entry-reset',
    '--entry',
    './guard/main.js',
    '--mode',
    'production',
    '--output-path',
    'dist-guard',
  ],
})
