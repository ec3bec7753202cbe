/** The server's binary. */
export const SERVER = required('SESSION_WARDEN_SERVER')
/** The built npm package. */
export const PACKAGE = required('SESSION_WARDEN_PKG')
/** The npm package as its next version may be, for the tests that want it. */
export const nextPackage = () => required('SESSION_WARDEN_NEXT_PKG')
/** The demo page. */
export const DEMO = required('SESSION_WARDEN_WWW')
/** Which engine the tests run in: `chromium`, `firefox` or `webkitgtk`. */
export const ENGINE = required('SESSION_WARDEN_ENGINE')
/** The browser's binary. WebKitGTK's driver knows its own. */
export const BROWSER = ENGINE === 'webkitgtk' ? undefined : required('SESSION_WARDEN_BROWSER')
/** The binary of the browser's WebDriver. */
export const DRIVER = required('SESSION_WARDEN_DRIVER')

export function required(variable) {
  const value = process.env[variable]
  if (!value) throw new Error(`${variable} is not set; \`cargo xtask test\` builds all and sets it`)
  return value
}
