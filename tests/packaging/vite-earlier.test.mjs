import { testBundler } from './support/bundler.mjs'

for (const version of [5, 6, 7]) {
  const vite = `./node_modules/vite-${version}/bin/vite.js`
  testBundler(`Vite ${version}`, {
    fixture: 'vite-earlier',
    serve: port => [vite, '--port', port, '--strictPort'],
    build: [vite, 'build'],
    buildGuard: [vite, 'build', 'guard', '--outDir', '../dist-guard'],
  })
}
