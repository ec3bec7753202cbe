import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { DEMO } from './environment.mjs'

/** What the page of a tab begins with. Its address has the tab's number in it, and requests name it in their Referer. */
export const HEAD =
  '<head><meta name="referrer" content="same-origin"><script src="/test-page/script.js"></script>'

/** Where the demo page is that loads the package's next version. */
export const NEXT = '/next'

/** Where the demo page in React is. */
export const REACT = '/react'

/**
 * Makes `folder` the demo page whose session is created with `options`, as `cargo xtask demo` does it; twice, with the
 * package and with its next version.
 */
export async function assembleSite(folder, options) {
  const next = join(folder, NEXT)
  for (const copy of [folder, next]) await cp(DEMO, copy, { recursive: true })
  for (const name of (await readdir(next)).filter(name => /\.(html|js)$/.test(name))) {
    await rewrite(join(next, name), text =>
      text
        .replaceAll("'/session-warden/", "'/session-warden-next/")
        .replaceAll('"/app.js"', `"${NEXT}/app.js"`),
    )
  }
  for (const copy of [folder, next])
    await rewrite(join(copy, 'index.html'), text => text.replace('<head>', HEAD))
  const config = { profile: 'event-booking', session: options }
  await writeFile(join(folder, 'config.json'), JSON.stringify(config))
}

/** The same with the demo page in React beside it, as `cargo xtask demo` builds it. */
export async function assembleSiteWithReact(folder, options) {
  await assembleSite(folder, options)
  const { buildReactDemo } = await import(pathToFileURL(join(DEMO, 'react/build.mjs')))
  const react = join(folder, REACT)
  await rm(react, { recursive: true })
  await buildReactDemo(react)
  await rewrite(join(react, 'index.html'), text => text.replace('<head>', HEAD))
}

async function rewrite(file, change) {
  await writeFile(file, change(await readFile(file, 'utf8')))
}
