import { testBundler } from './support/bundler.mjs'

testBundler('Parcel 2', {
  fixture: 'parcel',
  serve: port => ['parcel', 'index.html', '--dist-dir', 'served', '--port', port],
  build: ['parcel', 'build', 'index.html'],
  buildGuard: ['parcel', 'build', 'guard/index.html', '--dist-dir', 'dist-guard'],
})
