import { testBundler } from './support/bundler.mjs'

const bundle = (entry, ...more) => [
  'esbuild',
  entry,
  'index.html',
  '--bundle',
  '--splitting',
  '--format=esm',
  '--loader:.html=copy',
  '--entry-names=[name]',
  ...more,
]
const minified = (entry, folder) => bundle(entry, '--minify', `--outdir=${folder}`)

testBundler('esbuild', {
  fixture: 'esbuild',
  serve: port => bundle('main.js', '--servedir=served', '--outdir=served', `--serve=${port}`),
  build: minified('main.js', 'dist'),
  buildGuard: minified('guard/main.js', 'dist-guard'),
})
