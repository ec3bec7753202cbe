/** A JWT as a server would issue it, but for the signature: the payload is `claims`, or the text that is to be there. */
export function tokenOf(claims) {
  const part = value =>
    Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'HS256' })}.${part(claims)}.c2ln`
}
