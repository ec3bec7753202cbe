/** Whether `url` leads over HTTP, with TLS or without. */
export function isWeb({ protocol }: URL): boolean {
  return protocol === 'https:' || protocol === 'http:'
}

/** Where `url` leads: a path is put behind `base`. */
export function below(base: string | undefined, url: string): string {
  const isWhole = base === undefined || /^(https?:|\/\/)/.test(url)
  return isWhole ? url : `${base.replace(/\/+$/, '')}/${url.replace(/^\/+/, '')}`
}
