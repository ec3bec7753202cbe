/**
 * The package, to be evaluated once for each simulated tab. The build makes `./realm.js`: all that a page loads, glue and
 * shell included, in one function whose parameters stand in for the globals of a page.
 */

import type * as sessionWarden from '../index.js'
import type { PageGlobals } from './page.js'

/**
 * What a page has of the package. `main` is the package as the application imports it, whose classes of errors are the
 * same in every tab.
 */
export function evaluate(
  globals: PageGlobals,
  main: typeof sessionWarden,
  module: WebAssembly.Module,
): Pick<typeof sessionWarden, 'createSession'>
