/** Goes to the login page, unless this is it: a reload would take what the user has typed. */
export function leaveForLogin(loginUrl: string): void {
  const { origin, pathname } = new URL(loginUrl, document.baseURI)
  if (origin === location.origin && pathname === location.pathname) return
  location.assign(loginUrl)
}
