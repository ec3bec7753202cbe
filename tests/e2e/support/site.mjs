import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DEMO } from './environment.mjs'

// The address of a tab's page has the tab's number in it, and requests name it in their Referer.
const HEAD = '<head><meta name="referrer" content="same-origin"><script src="/test-page/script.js"></script>'

/** Makes `folder` the demo page whose session is created with `options`, as `cargo xtask demo` does it. */
export async function assembleSite(folder, options) {
  await cp(DEMO, folder, { recursive: true })
  const page = join(folder, 'index.html')
  await writeFile(page, (await readFile(page, 'utf8')).replace('<head>', HEAD))
  const config = { profile: 'event-booking', session: options }
  await writeFile(join(folder, 'config.json'), JSON.stringify(config))
}
