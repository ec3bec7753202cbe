import { testBundler } from './support/bundler.mjs'

const bundle = (entry, ...more) => [
  'esbuild',
  entry,
  'index.html',
  '--bundle',
  '--loader:.html=copy',
  '--entry-names=[name]',
  ...more,
]
const split = (entry, ...more) => bundle(entry, '--splitting', '--format=esm', ...more)

testBundler('esbuild', {
  fixture: 'esbuild',
  serve: port => split('main.js', '--servedir=served', '--outdir=served', `--serve=${port}`),
  build: split('main.js', '--minify', '--outdir=dist'),
  buildGuard: split('guard/main.js', '--minify', '--outdir=dist-guard'),
  buildOneFile: bundle('main.js', '--minify', '--format=iife', '--outdir=dist-one-file'),
})
