/** The cookies of an origin, as its pages see them. */
export class Cookies {
  readonly #values = new Map<string, string>()

  read(): string {
    return [...this.#values].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  /** Takes what a page assigns to `document.cookie`. */
  write(text: string): void {
    const [pair = '', ...attributes] = text.split(';').map(part => part.trim())
    const [name = '', ...value] = pair.split('=')
    if (attributes.some(attribute => /^max-age=(0|-\d+)$/i.test(attribute))) this.#values.delete(name)
    else this.#values.set(name, value.join('='))
  }
}
