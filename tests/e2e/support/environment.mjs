/** The server's binary. */
export const SERVER = required('SESSION_WARDEN_SERVER')
/** The built npm package. */
export const PACKAGE = required('SESSION_WARDEN_PKG')
/** The demo page. */
export const DEMO = required('SESSION_WARDEN_WWW')
/** The browser's binary. */
export const CHROMIUM = required('CHROMIUM')

function required(variable) {
  const value = process.env[variable]
  if (!value) throw new Error(`${variable} is not set; \`cargo xtask test e2e\` builds all and sets it`)
  return value
}
