import assert from 'node:assert/strict'

/** https://www.w3.org/TR/CSP3/#csp-directives, and what has been added since. */
const DIRECTIVES = new Set([
  'base-uri',
  'child-src',
  'connect-src',
  'default-src',
  'font-src',
  'form-action',
  'frame-ancestors',
  'frame-src',
  'img-src',
  'manifest-src',
  'media-src',
  'object-src',
  'report-to',
  'require-trusted-types-for',
  'sandbox',
  'script-src',
  'script-src-attr',
  'script-src-elem',
  'style-src',
  'style-src-attr',
  'style-src-elem',
  'trusted-types',
  'upgrade-insecure-requests',
  'worker-src',
])

const KEYWORD =
  /^'(self|none|unsafe-inline|unsafe-eval|wasm-unsafe-eval|strict-dynamic|report-sample|script|nonce-.+|sha(256|384|512)-.+)'$/

/** Fails where a block of headers holds none, or a Content-Security-Policy that no browser knows. */
export function checkHeaders(text) {
  const lines = text
    .replace(/\n[ \t]+/g, ' ')
    .trimEnd()
    .split('\n')
  const headers = lines.filter(line => !/^(HTTP\/[\d.]+ \d{3}|[A-Z]+ \/\S* HTTP\/)/.test(line))
  assert.notEqual(headers.length, 0)
  const end = headers.indexOf('')
  for (const line of end < 0 ? headers : headers.slice(0, end)) {
    const [, name, value] = line.match(/^([\w-]+): (.+)$/) ?? assert.fail(`no header: ${line}`)
    if (/^content-security-policy(-report-only)?$/i.test(name)) checkPolicy(value)
  }
}

function checkPolicy(policy) {
  for (const directive of policy.split(';').map(text => text.trim())) {
    if (directive === '') continue
    const [name, ...sources] = directive.split(/\s+/)
    assert.ok(DIRECTIVES.has(name), `no directive: ${name}`)
    for (const source of sources.filter(source => source.includes("'")))
      assert.match(source, KEYWORD, `no keyword: ${source}`)
  }
}
