// session-warden/verify, with real keys and a real server that publishes them: `npm run build` comes first.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { inspect } from 'node:util'
import * as warden from 'session-warden'
import * as verification from 'session-warden/verify'
import { openKeyServer } from './support/key-server.js'
import { Signer } from './support/signer.js'

const { createVerifier, verifySession } = verification

const CLASSES = { ...warden, ...verification }

const NOW = 1_800_000_000_000
const SECOND = 1_000
const MINUTE = 60_000
const SECONDS = NOW / SECOND

/** An hour of Ada's. */
const CLAIMS = {
  sub: 'ada',
  email: 'ada@example.com',
  iss: 'https://auth.example.com',
  aud: 'shop',
  iat: SECONDS - 60,
  exp: SECONDS + 3_600,
}

const rsa = new Signer('RS256', 'rsa')
const ec = new Signer('ES256', 'ec')
const ed = new Signer('EdDSA', 'ed')
const SIGNERS = [rsa, ec, ed]
const JWKS = { keys: SIGNERS.map(({ jwk }) => jwk) }

/** Time stands still until the test moves it. */
function stopClock(t, now = NOW) {
  t.mock.timers.enable({ apis: ['Date'], now })
  return to => t.mock.timers.setTime(to)
}

/** Waits until `verifier` has refused `token`, with the error `code` and these members, and without a word of it. */
async function refuses(verifier, token, code, members = {}) {
  const error = await verifier.verify(token).then(
    () => assert.fail('it was accepted'),
    error => error,
  )
  assert.ok(warden.isSessionError(error, code), `${error.stack}`)
  assert.ok(error instanceof CLASSES[error.name], error.name)
  for (const [name, value] of Object.entries(members)) assert.deepEqual(error[name], value, name)
  const shown = inspect(error, { depth: null, showHidden: true })
  const parts = String(token)
    .split('.')
    .filter(part => part.length > 4)
  for (const text of [...parts, 'ada@example.com', 'ERR_J']) assert.equal(shown.includes(text), false, shown)
  return error
}

const encode = value =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

test('a token is verified in each algorithm, with keys that are given', async t => {
  stopClock(t)
  const verifier = createVerifier({ jwks: JWKS, issuer: CLAIMS.iss, audience: 'shop' })
  for (const signer of SIGNERS) assert.deepEqual(await verifier.verify(signer.token(CLAIMS)), CLAIMS)
  assert.deepEqual(await verifier.verify(ed.token(CLAIMS, { kid: undefined })), CLAIMS)
})

test('EdDSA is accepted under its newer name', async t => {
  stopClock(t)
  const { alg, ...jwk } = ed.jwk
  assert.equal(alg, 'EdDSA')
  const verifier = createVerifier({ jwks: { keys: [jwk] } })
  assert.deepEqual(await verifier.verify(ed.token(CLAIMS, { alg: 'Ed25519' })), CLAIMS)
})

test('the examples of RFC 7515 are verified, and are not once they are changed', async t => {
  stopClock(t, 1_300_819_000_000)
  const payload =
    'eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ'
  const examples = {
    'A.2': {
      jwk: {
        kty: 'RSA',
        n: 'ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ',
        e: 'AQAB',
      },
      token: `eyJhbGciOiJSUzI1NiJ9.${payload}.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw`,
    },
    'A.3': {
      jwk: {
        kty: 'EC',
        crv: 'P-256',
        x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
        y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
      },
      token: `eyJhbGciOiJFUzI1NiJ9.${payload}.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q`,
    },
  }
  for (const { jwk, token } of Object.values(examples)) {
    const verifier = createVerifier({ jwks: { keys: [jwk] }, issuer: 'joe' })
    const claims = { iss: 'joe', exp: 1_300_819_380, 'http://example.com/is_root': true }
    assert.deepEqual(await verifier.verify(token), claims)
    const [header, , signature] = token.split('.')
    await refuses(
      verifier,
      `${header}.${encode({ ...claims, exp: 1_400_000_000 })}.${signature}`,
      'bad-signature',
    )
  }
})

test('the signature of the example in RFC 8037 fits, though what it signs is no token', async () => {
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }
  const verifier = createVerifier({ jwks: { keys: [jwk] } })
  const signed = 'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc'
  const signature = 'hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg'
  await refuses(verifier, `${signed}.${signature}`, 'not-verifiable', { reason: 'malformed' })
  await refuses(verifier, `${signed}.${signature.replace('h', 'i')}`, 'bad-signature')
})

test('a token that was changed is refused, whichever part of it', async t => {
  stopClock(t)
  const verifier = createVerifier({ jwks: JWKS })
  for (const signer of SIGNERS) {
    const [header, payload, signature] = signer.token(CLAIMS).split('.')
    const forged = encode({ ...CLAIMS, sub: 'eve' })
    const first = signature[0] === 'A' ? 'B' : 'A'
    for (const token of [
      `${header}.${forged}.${signature}`,
      `${header}.${payload}.${first}${signature.slice(1)}`,
      `${header}.${payload}.`,
      `${header}.${payload}.${signature.slice(0, 20)}`,
      `${header}.${payload}.${new Signer('ES256', 'ec').token(CLAIMS).split('.')[2]}`,
      `${encode({ ...JSON.parse(Buffer.from(header, 'base64url')), typ: 'JWT' })}.${payload}.${signature}`,
    ])
      await refuses(verifier, token, 'bad-signature')
  }
})

test('what is no signed token is refused, with the reason, before any key is fetched', async t => {
  const server = await openKeyServer(t, JWKS.keys)
  const verifier = createVerifier({ jwksUrl: server.url })
  const [header, payload, signature] = rsa.token(CLAIMS).split('.')
  for (const [token, reason] of [
    ['3f0a9c6e5b7d', 'opaque'],
    ['', 'opaque'],
    [undefined, 'opaque'],
    [`${header}.${payload}`, 'opaque'],
    [`${header}.AAAAAAAA.BBBBBBBB.CCCCCCCC.DDDDDDDD`, 'encrypted'],
    [`not-json.${payload}.${signature}`, 'malformed'],
    [`${encode('[]')}.${payload}.${signature}`, 'malformed'],
    [`${encode({ kid: 'rsa' })}.${payload}.${signature}`, 'malformed'],
    [`${encode({ alg: 7 })}.${payload}.${signature}`, 'malformed'],
    [rsa.token(CLAIMS, { crit: ['b64'], b64: true }), 'critical'],
    [rsa.token(CLAIMS, { crit: ['https://example.com/x'], 'https://example.com/x': 1 }), 'critical'],
    [rsa.token(CLAIMS, { crit: [] }), 'critical'],
  ])
    await refuses(verifier, token, 'not-verifiable', { reason })
  assert.equal(server.requests, 0)
})

test('a token without signature is refused, however it writes that', async () => {
  const verifier = createVerifier({ jwks: JWKS })
  for (const alg of ['none', 'None', 'NONE'])
    await refuses(verifier, `${encode({ alg })}.${encode(CLAIMS)}.`, 'algorithm-refused', { reason: 'none' })
})

test('HMAC is refused, also with the public key as its secret', async t => {
  const server = await openKeyServer(t, [...JWKS.keys, { kty: 'oct', kid: 'secret', k: 'c2VjcmV0' }])
  const verifier = createVerifier({ jwksUrl: server.url })
  for (const alg of ['HS256', 'HS384', 'HS512'])
    for (const [kid, secret] of [
      ['rsa', rsa.pem],
      ['secret', 'secret'],
    ]) {
      const signed = `${encode({ alg, kid })}.${encode(CLAIMS)}`
      const signature = createHmac(`sha${alg.slice(2)}`, secret)
        .update(signed)
        .digest('base64url')
      const error = await refuses(verifier, `${signed}.${signature}`, 'algorithm-refused', { reason: 'hmac' })
      assert.match(error.message, /secret/)
    }
  assert.equal(server.requests, 0)
})

test('an algorithm that was not asked for is refused', async t => {
  stopClock(t)
  const verifier = createVerifier({ jwks: JWKS, algorithms: ['ES256'] })
  assert.deepEqual(await verifier.verify(ec.token(CLAIMS)), CLAIMS)
  await refuses(verifier, rsa.token(CLAIMS), 'algorithm-refused', { reason: 'not-allowed' })
  await refuses(createVerifier({ jwks: JWKS }), rsa.token(CLAIMS, { alg: 'PS256' }), 'algorithm-refused')
  await refuses(createVerifier({ jwks: JWKS }), rsa.token(CLAIMS, { alg: '__proto__' }), 'algorithm-refused')
})

test('a key serves the algorithm that it is published for, and no other', async t => {
  stopClock(t)
  const verifier = createVerifier({ jwks: JWKS, algorithms: ['RS256', 'RS512', 'ES256', 'EdDSA'] })
  await refuses(verifier, rsa.token(CLAIMS, { alg: 'RS512' }), 'unknown-key')
  await refuses(verifier, rsa.token(CLAIMS, { alg: 'ES256' }), 'unknown-key')
  await refuses(verifier, ec.token(CLAIMS, { kid: 'rsa' }), 'unknown-key')
  const encryption = createVerifier({ jwks: { keys: [{ ...rsa.jwk, use: 'enc' }] } })
  await refuses(encryption, rsa.token(CLAIMS), 'unknown-key')
})

test('a key that the token brings along counts for nothing', async t => {
  stopClock(t)
  const server = await openKeyServer(t, JWKS.keys)
  const eve = new Signer('RS256', 'rsa')
  const evesServer = await openKeyServer(t, [eve.jwk])
  const verifier = createVerifier({ jwksUrl: server.url })
  await refuses(verifier, eve.token(CLAIMS, { jwk: eve.jwk, jku: evesServer.url }), 'bad-signature')
  await refuses(verifier, eve.token(CLAIMS, { kid: 'eve', jwk: eve.jwk, jku: evesServer.url }), 'unknown-key')
  assert.equal(evesServer.requests, 0)
})

test('issuer and audience have to be among those that are asked for', async t => {
  stopClock(t)
  const { iss, aud, ...anonymous } = CLAIMS
  const verifier = createVerifier({
    jwks: JWKS,
    issuer: ['https://old.example.com', iss],
    audience: ['shop', 'desk'],
  })
  assert.deepEqual(await verifier.verify(ed.token(CLAIMS)), CLAIMS)
  const several = { ...CLAIMS, aud: ['desk', 'other'] }
  assert.deepEqual(await verifier.verify(ed.token(several)), several)
  for (const [claims, claim, reason] of [
    [{ ...CLAIMS, iss: 'https://auth.example.com.evil' }, 'iss', 'mismatch'],
    [{ ...CLAIMS, iss: [iss] }, 'iss', 'mismatch'],
    [{ ...anonymous, aud }, 'iss', 'missing'],
    [{ ...CLAIMS, aud: 'bank' }, 'aud', 'mismatch'],
    [{ ...CLAIMS, aud: ['bank'] }, 'aud', 'mismatch'],
    [{ ...CLAIMS, aud: [] }, 'aud', 'mismatch'],
    [{ ...anonymous, iss }, 'aud', 'missing'],
  ])
    await refuses(verifier, ed.token(claims), 'claim-refused', { claim, reason })
  assert.deepEqual(await createVerifier({ jwks: JWKS }).verify(ed.token(anonymous)), anonymous)
})

test('a token expires at its last moment, or the leeway after it', async t => {
  const setTime = stopClock(t)
  const token = ec.token(CLAIMS)
  const strict = createVerifier({ jwks: JWKS, leeway: 0 })
  const lenient = createVerifier({ jwks: JWKS })
  const expiredAt = CLAIMS.exp * SECOND
  setTime(expiredAt - SECOND)
  assert.deepEqual(await strict.verify(token), CLAIMS)
  setTime(expiredAt)
  await refuses(strict, token, 'token-expired', { expiredAt })
  setTime(expiredAt + MINUTE - SECOND)
  assert.deepEqual(await lenient.verify(token), CLAIMS)
  setTime(expiredAt + MINUTE)
  await refuses(lenient, token, 'token-expired', { expiredAt })
})

test('a token has to say when it expires, by a number', async t => {
  stopClock(t)
  const verifier = createVerifier({ jwks: JWKS })
  const { exp, ...endless } = CLAIMS
  await refuses(verifier, ed.token(endless), 'claim-refused', { claim: 'exp', reason: 'missing' })
  const asText = ed.token({ ...endless, exp: String(exp) })
  await refuses(verifier, asText, 'claim-refused', { claim: 'exp', reason: 'malformed' })
})

test('a token of the future is refused, unless it is near', async t => {
  stopClock(t)
  for (const claim of ['nbf', 'iat']) {
    const of = seconds => ed.token({ ...CLAIMS, [claim]: SECONDS + seconds })
    const lenient = createVerifier({ jwks: JWKS })
    assert.equal((await lenient.verify(of(60))).sub, 'ada')
    await refuses(lenient, of(61), 'token-not-yet-valid', { claim, validFrom: NOW + MINUTE + SECOND })
    const strict = createVerifier({ jwks: JWKS, leeway: 0 })
    assert.equal((await strict.verify(of(0))).sub, 'ada')
    await refuses(strict, of(1), 'token-not-yet-valid', { claim, validFrom: NOW + SECOND })
    const asText = ed.token({ ...CLAIMS, [claim]: 'now' })
    await refuses(strict, asText, 'claim-refused', { claim, reason: 'malformed' })
  }
})

test('what a token says is looked at only if its signature fits', async t => {
  stopClock(t)
  const verifier = createVerifier({ jwks: JWKS, issuer: 'https://other.example.com' })
  const [header] = ed.token(CLAIMS).split('.')
  const [, expired, signature] = new Signer('EdDSA', 'ed').token({ ...CLAIMS, exp: 1 }).split('.')
  await refuses(verifier, `${header}.${expired}.${signature}`, 'bad-signature')
})

test('the keys are fetched when the first token comes, once for all', async t => {
  stopClock(t)
  const server = await openKeyServer(t, JWKS.keys)
  const verifier = createVerifier({ jwksUrl: new URL(server.url) })
  assert.equal(server.requests, 0)
  const tokens = Array.from({ length: 30 }, (_, index) => SIGNERS[index % 3].token(CLAIMS))
  for (const claims of await Promise.all(tokens.map(verifier.verify))) assert.deepEqual(claims, CLAIMS)
  assert.equal(server.requests, 1)
})

test('a new key is fetched when a token names it, and the old one is gone', async t => {
  const setTime = stopClock(t)
  const server = await openKeyServer(t, [rsa.jwk])
  const verifier = createVerifier({ jwksUrl: server.url })
  const former = rsa.token(CLAIMS)
  assert.deepEqual(await verifier.verify(former), CLAIMS)
  server.keys = [ec.jwk]
  setTime(NOW + 30 * SECOND)
  const tokens = Array.from({ length: 5 }, () => ec.token(CLAIMS))
  for (const claims of await Promise.all(tokens.map(verifier.verify))) assert.deepEqual(claims, CLAIMS)
  assert.equal(server.requests, 2)
  await refuses(verifier, former, 'unknown-key')
  assert.equal(server.requests, 2)
})

test('tokens with unknown keys make it ask no more often than once in the pause', async t => {
  const setTime = stopClock(t)
  const server = await openKeyServer(t, [rsa.jwk])
  const verifier = createVerifier({ jwksUrl: server.url, jwksPause: 10 * SECOND })
  const strange = kid => ec.token(CLAIMS, { kid })
  for (const kid of ['a', 'b', 'c']) await refuses(verifier, strange(kid), 'unknown-key')
  assert.equal(server.requests, 1)
  setTime(NOW + 10 * SECOND - 1)
  await refuses(verifier, strange('d'), 'unknown-key')
  assert.equal(server.requests, 1)
  setTime(NOW + 10 * SECOND)
  await Promise.all(['e', 'f'].map(kid => refuses(verifier, strange(kid), 'unknown-key')))
  await refuses(verifier, strange('g'), 'unknown-key')
  assert.equal(server.requests, 2)
})

test('a key that the server has withdrawn is forgotten after a while', async t => {
  const setTime = stopClock(t)
  const server = await openKeyServer(t, JWKS.keys)
  const verifier = createVerifier({ jwksUrl: server.url, jwksMaxAge: 5 * MINUTE })
  await verifier.verify(rsa.token(CLAIMS))
  server.keys = [ec.jwk]
  setTime(NOW + 5 * MINUTE - 1)
  await verifier.verify(rsa.token(CLAIMS))
  assert.equal(server.requests, 1)
  setTime(NOW + 5 * MINUTE)
  await refuses(verifier, rsa.token(CLAIMS), 'unknown-key')
  assert.equal(server.requests, 2)
})

test('keys are not fetched more often than once in the pause, however short they are kept', async t => {
  const setTime = stopClock(t)
  const server = await openKeyServer(t, JWKS.keys)
  const verifier = createVerifier({ jwksUrl: server.url, jwksMaxAge: 0, jwksPause: MINUTE })
  for (let count = 0; count < 3; count += 1) await verifier.verify(ed.token(CLAIMS))
  assert.equal(server.requests, 1)
  setTime(NOW + MINUTE)
  await verifier.verify(ed.token(CLAIMS))
  assert.equal(server.requests, 2)
})

const answers = {
  'an error': [response => response.writeHead(503).end('{"keys":[]}'), 'http', { status: 503 }],
  'a page of HTML': [response => response.end('<!doctype html><p>Sign in to the network</p>'), 'bad-answer'],
  'nothing at all': [response => response.end(), 'bad-answer'],
  'JSON that is no key set': [response => response.end('{"keys":{"kid":"rsa"}}'), 'bad-answer'],
  'a list of what are no keys': [response => response.end('{"keys":["rsa"]}'), 'bad-answer'],
  'a way to another place': [response => response.writeHead(302, { location: '/keys' }).end(), 'network'],
  'half an answer': [
    response => {
      response.writeHead(200, { 'content-length': '1000' })
      response.write('{"keys":', () => response.destroy())
    },
    'network',
  ],
}
for (const [name, [answer, code, members = {}]] of Object.entries(answers)) {
  test(`where the keys should be there is ${name}`, async t => {
    const setTime = stopClock(t)
    const server = await openKeyServer(t, JWKS.keys)
    const { answer: proper } = server
    server.answer = answer
    const verifier = createVerifier({ jwksUrl: server.url })
    const retryAt = NOW + 30 * SECOND
    const { cause } = await refuses(verifier, rsa.token(CLAIMS), 'keys-unavailable', { retryAt })
    assert.ok(warden.isSessionError(cause, code), cause.stack)
    for (const [member, value] of Object.entries(members)) assert.equal(cause[member], value)

    server.answer = proper
    await refuses(verifier, ec.token(CLAIMS), 'keys-unavailable', { retryAt })
    assert.equal(server.requests, 1)
    setTime(retryAt)
    assert.deepEqual(await verifier.verify(ec.token(CLAIMS)), CLAIMS)
    assert.equal(server.requests, 2)
  })
}

test('a server that is down says nothing about the token', async t => {
  const server = await openKeyServer(t, JWKS.keys)
  await server.close()
  const verifier = createVerifier({ jwksUrl: server.url })
  const { cause } = await refuses(verifier, rsa.token(CLAIMS), 'keys-unavailable')
  assert.ok(warden.isSessionError(cause, 'network'))
})

test('known keys go on while the server is down', async t => {
  const setTime = stopClock(t)
  const server = await openKeyServer(t, [rsa.jwk])
  const verifier = createVerifier({ jwksUrl: server.url })
  await verifier.verify(rsa.token(CLAIMS))
  server.answer = response => response.destroy()
  setTime(NOW + MINUTE)
  await refuses(verifier, ec.token(CLAIMS), 'keys-unavailable', { retryAt: NOW + MINUTE + 30 * SECOND })
  assert.deepEqual(await verifier.verify(rsa.token(CLAIMS)), CLAIMS)
  assert.equal(server.requests, 2)
})

test('a clock that is set back makes no pause longer', async t => {
  const setTime = stopClock(t)
  const server = await openKeyServer(t, JWKS.keys)
  const { answer } = server
  server.answer = response => response.destroy()
  const verifier = createVerifier({ jwksUrl: server.url })
  await refuses(verifier, rsa.token(CLAIMS), 'keys-unavailable')
  server.answer = answer
  setTime(NOW - 10 * SECOND)
  assert.deepEqual(await verifier.verify(rsa.token(CLAIMS)), CLAIMS)
})

const stalls = {
  'that does not answer': () => {},
  'that stops in the middle': response => response.writeHead(200).write('{"keys":['),
}
for (const [name, stall] of Object.entries(stalls)) {
  // Less than what a fetch may take by default.
  test(`a server ${name} is not waited for`, { timeout: 4 * SECOND }, async t => {
    const server = await openKeyServer(t, JWKS.keys)
    const givenUp = new Promise(closed => {
      server.answer = response => stall(response.once('close', closed))
    })
    for (const options of [{}, { fetch: url => fetch(url) }]) {
      const verifier = createVerifier({ jwksUrl: server.url, jwksTimeout: 50, ...options })
      const { cause } = await refuses(verifier, rsa.token(CLAIMS), 'keys-unavailable')
      assert.ok(warden.isSessionError(cause, 'timeout'), cause.stack)
      await givenUp
    }
  })
}

test('a fetch of the application is used', async t => {
  stopClock(t)
  const asked = []
  const own = (url, init) => {
    asked.push([url, init.cache])
    return Promise.resolve(Response.json(JWKS))
  }
  const jwksUrl = 'https://auth.example.com/keys'
  assert.deepEqual(await createVerifier({ jwksUrl, fetch: own }).verify(rsa.token(CLAIMS)), CLAIMS)
  // The browser's copy may be older than the key that is looked for.
  assert.deepEqual(asked, [[jwksUrl, 'no-cache']])
})

test('of several keys with one name, or for a token that names none, the one that fits is found', async t => {
  stopClock(t)
  const twins = [new Signer('ES256', 'twin'), new Signer('ES256', 'twin')]
  const stranger = new Signer('ES256', 'twin')
  const verifier = createVerifier({ jwks: { keys: [...JWKS.keys, ...twins.map(({ jwk }) => jwk)] } })
  for (const twin of twins) {
    assert.deepEqual(await verifier.verify(twin.token(CLAIMS)), CLAIMS)
    assert.deepEqual(await verifier.verify(twin.token(CLAIMS, { kid: undefined })), CLAIMS)
    const expired = twin.token({ ...CLAIMS, exp: SECONDS - 3_600 })
    await refuses(verifier, expired, 'token-expired')
  }
  await refuses(verifier, stranger.token(CLAIMS), 'bad-signature')
  await refuses(verifier, stranger.token(CLAIMS, { kid: undefined }), 'bad-signature')
})

test('a key that cannot be used says nothing about the token', async t => {
  stopClock(t)
  const short = new Signer('RS256', 'rsa', { key: ['rsa', { modulusLength: 1024 }] })
  for (const [jwk, token] of [
    [short.jwk, short.token(CLAIMS)],
    [rsa.privateJwk, rsa.token(CLAIMS)],
    [{ ...rsa.jwk, n: undefined }, rsa.token(CLAIMS)],
    [{ ...ec.jwk, x: 'AAAA' }, ec.token(CLAIMS)],
    [{ ...ed.jwk, x: '' }, ed.token(CLAIMS)],
  ]) {
    const verifier = createVerifier({ jwks: { keys: [jwk] } })
    const { cause } = await refuses(verifier, token, 'keys-unavailable', { retryAt: null })
    assert.ok(warden.isSessionError(cause, 'bad-answer'))
  }
})

test('a browser without Ed25519 says so, and verifies the rest', async t => {
  stopClock(t)
  const { importKey } = crypto.subtle
  t.mock.method(crypto.subtle, 'importKey', function (format, key, algorithm, ...rest) {
    if (algorithm.name === 'Ed25519')
      return Promise.reject(new DOMException('Unrecognized name.', 'NotSupportedError'))
    return importKey.call(this, format, key, algorithm, ...rest)
  })
  const verifier = createVerifier({ jwks: JWKS })
  await refuses(verifier, ed.token(CLAIMS), 'crypto-unavailable', { reason: 'algorithm' })
  assert.deepEqual(await verifier.verify(ec.token(CLAIMS)), CLAIMS)
})

test('a page that came by plain http says so', async t => {
  Object.defineProperty(crypto, 'subtle', { value: undefined, configurable: true })
  t.after(() => delete crypto.subtle)
  await refuses(createVerifier({ jwks: JWKS }), ec.token(CLAIMS), 'crypto-unavailable', {
    reason: 'insecure-context',
  })
})

test('a path can be given before there is a page, and needs one then', async () => {
  const verifier = createVerifier({ jwksUrl: '/.well-known/jwks.json' })
  await refuses(verifier, rsa.token(CLAIMS), 'environment')
})

test('wrong options are refused, without their values', () => {
  const secret = 'hunter2'
  for (const [options, key] of [
    [undefined, 'options'],
    [null, 'options'],
    [{}, 'jwksUrl'],
    [{ jwks: JWKS, jwksUrl: '/jwks' }, 'jwksUrl'],
    [{ jwksUrl: `javascript:${secret}` }, 'jwksUrl'],
    [{ jwksUrl: '' }, 'jwksUrl'],
    [{ jwksUrl: 7 }, 'jwksUrl'],
    [{ jwks: { keys: secret } }, 'jwks'],
    [{ jwks: [rsa.jwk] }, 'jwks'],
    [{ jwks: JWKS, issuer: '' }, 'issuer'],
    [{ jwks: JWKS, audience: [] }, 'audience'],
    [{ jwks: JWKS, audience: ['shop', 7] }, 'audience'],
    [{ jwks: JWKS, algorithms: ['HS256'] }, 'algorithms'],
    [{ jwks: JWKS, algorithms: ['RS256', 'none'] }, 'algorithms'],
    [{ jwks: JWKS, algorithms: [] }, 'algorithms'],
    [{ jwks: JWKS, leeway: -1 }, 'leeway'],
    [{ jwks: JWKS, leeway: '1s' }, 'leeway'],
    [{ jwks: JWKS, jwksPause: Number.POSITIVE_INFINITY }, 'jwksPause'],
    [{ jwks: JWKS, jwksMaxAge: Number.NaN }, 'jwksMaxAge'],
    [{ jwks: JWKS, jwksTimeout: null }, 'jwksTimeout'],
    [{ jwks: JWKS, fetch: secret }, 'fetch'],
    [{ jwks: JWKS, clockTolerance: 5 }, 'clockTolerance'],
    [{ jwks: JWKS, toString: 5 }, 'toString'],
  ])
    assert.throws(
      () => createVerifier(options),
      error =>
        warden.isSessionError(error, 'config') && error.key === key && !inspect(error).includes(secret),
      key,
    )
  assert.throws(() => createVerifier({ jwks: JWKS, algorithms: ['HS256'] }), /HMAC/)
  createVerifier({ jwks: JWKS, issuer: undefined, jwksUrl: undefined, fetch: undefined })
})

test("a session's access token is verified", async t => {
  stopClock(t)
  const verifier = createVerifier({ jwks: JWKS })
  const sessionWith = token => ({ getAccessToken: () => Promise.resolve(token) })
  assert.deepEqual(await verifySession(sessionWith(ec.token(CLAIMS)), verifier), CLAIMS)
  await assert.rejects(verifySession(sessionWith('3f0a9c6e'), verifier), { code: 'not-verifiable' })

  const inert = warden.createSession()
  await assert.rejects(verifySession(inert, verifier), warden.SignedOutError)
  const failure = new warden.CookieTransportError()
  await assert.rejects(verifySession({ getAccessToken: () => Promise.reject(failure) }, verifier), failure)
})
