import { testBundler } from './support/bundler.mjs'

testBundler('Rollup 4', {
  fixture: 'rollup',
  watch: ['rollup', '--config', '--watch'],
  build: ['rollup', '--config'],
  buildGuard: ['rollup', '--config', '--input', 'guard/main.js', '--dir', 'dist-guard'],
})
