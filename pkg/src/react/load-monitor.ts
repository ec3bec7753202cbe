/** What a bundler puts the value of in its place. */
declare const process: { readonly env: { readonly NODE_ENV?: string } }

/** The part with the monitor, in development; null in tests and in production, whose bundles do not contain it. */
export function loadMonitor(): Promise<typeof import('../monitor.js')> | null {
  try {
    if (process.env.NODE_ENV === 'development') return import('../monitor.js')
  } catch {
    // A page that was not bundled has no `process`, and says nothing of development.
  }
  return null
}
