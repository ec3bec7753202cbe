import { testBundler } from './support/bundler.mjs'

testBundler('Rollup 4', {
  fixture: 'rollup',
  watch: ['rollup', '--config', '--watch'],
  build: ['rollup', '--config'],
  buildOneFile: [
    'rollup',
    '--config',
    '--dir',
    'dist-one-file',
    '--format',
    'iife',
    '--inlineDynamicImports',
  ],
  buildGuard: ['rollup', '--config', '--input', 'guard/main.js', '--dir', 'dist-guard'],
})
