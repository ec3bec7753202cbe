import { cp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DEMO } from './environment.mjs'

/** Makes `folder` the demo page whose session is created with `options`, as `cargo xtask demo` does it. */
export async function assembleSite(folder, options) {
  await cp(DEMO, folder, { recursive: true })
  const config = { profile: 'event-booking', session: options }
  await writeFile(join(folder, 'config.json'), JSON.stringify(config))
}
