/**
 * Stops the next request to `path` on its way to the server. Settles, once there is one, with the tab it came from and
 * with what drops it for good: else it would reach the server when its tab is closed. Later requests go through.
 */
export async function nextRequestHeld(context, path, tabs) {
  const route = await nextRoute(context, path)
  return { tab: tabOf(route, tabs), drop: () => route.abort() }
}

/**
 * Lets the next request to `path` through and keeps its answer from the page. Settles, once there is one, with the
 * tab that waits for it, the answer's body, and what delivers it. Later requests go through.
 */
export async function nextAnswerHeld(context, path, tabs) {
  const route = await nextRoute(context, path)
  const response = await route.fetch()
  const body = await response.json()
  return { tab: tabOf(route, tabs), body, deliver: () => route.fulfill({ response }) }
}

function nextRoute(context, path) {
  return new Promise(resolve => context.route(`**${path}`, resolve, { times: 1 }))
}

function tabOf(route, tabs) {
  const page = route.request().frame().page()
  return tabs.find(tab => tab.page === page)
}
