/** What the pages of one browser context ask of the auth server. */
export class Traffic {
  #requests = []
  #answers = []

  constructor(context) {
    context.on('request', request => {
      if (request.resourceType() === 'fetch') this.#requests.push(request)
    })
    context.on('response', response => this.#answers.push(response))
  }

  /** The requests to `path` so far, the oldest first; those of `tab` only, where one is named. */
  to(path, tab) {
    return this.#requests.filter(
      request =>
        new URL(request.url()).pathname === path &&
        (tab === undefined || request.frame().page() === tab.page),
    )
  }

  /** The statuses with which the requests to `path` were answered. */
  statuses(path) {
    const answers = this.#answers.filter(response => new URL(response.url()).pathname === path)
    return answers.map(response => response.status())
  }
}
