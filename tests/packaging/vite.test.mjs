import { testBundler } from './support/bundler.mjs'

testBundler('Vite 8', {
  fixture: 'vite',
  serve: port => ['vite', '--port', port, '--strictPort'],
  build: ['vite', 'build'],
  buildGuard: ['vite', 'build', 'guard', '--outDir', '../dist-guard'],
})
