import { testBundler } from './support/bundler.mjs'

const VITE = 'node_modules/vite/bin/vite.js'

testBundler('Vite 8', {
  fixture: 'vite',
  serve: port => [VITE, '--port', port, '--strictPort'],
  build: [VITE, 'build'],
  buildGuard: [VITE, 'build', 'guard', '--outDir', '../dist-guard'],
})
