/** What the server was started with: the profile it plays, and short times for those who want to watch. */
export async function readConfig() {
  const response = await fetch('/config.json')
  if (!response.ok) throw new Error(`the demo's /config.json answered ${response.status}`)
  return response.json()
}
