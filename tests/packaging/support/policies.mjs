import { readFile } from 'node:fs/promises'

const TEXT = await readFile(new URL('../../../docs/csp.md', import.meta.url), 'utf8')
const BLOCK = /^```http (\S+)\nContent-Security-Policy: (.*)\n```$/gm

/** The policies of docs/csp.md, by their names. */
export const POLICIES = new Map(Array.from(TEXT.matchAll(BLOCK), ([, name, policy]) => [name, policy]))

/** What docs/csp.md says that the error says. */
export const [, MESSAGE] = TEXT.match(/^```text\n(the page's .*)\n```$/m)
