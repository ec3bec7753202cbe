/** Whether `url` leads over HTTP, with TLS or without. */
export function isWeb({ protocol }: URL): boolean {
  return protocol === 'https:' || protocol === 'http:'
}
