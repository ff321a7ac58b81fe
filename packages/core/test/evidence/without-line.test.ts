/** Requests that Node's server did not make: adapters for serverless platforms fill `headers` and leave `rawHeaders` empty. */
import '@clientcert/testing/vitest'
import { describe, expect, test } from 'vitest'
import { custom, type Decision, type FromProxy, type NodeRequest } from '../../src/index.ts'
import { alice, authenticatorFor, behindNginx, LOOPBACK, linesFor } from '../behind-nginx.ts'
import { requestPlainly, type Seen, serve } from '../serving.ts'

type Headers = Readonly<Record<string, string>>

/** What is decided on, and left of, a request of whose headers some have no line. */
async function seenOf(
  decide: (request: NodeRequest) => Decision | Promise<Decision>,
  headers: Headers,
  raw: 'no lines' | 'the lines of others' = 'no lines',
): Promise<Seen> {
  const served = await serve('http', (request) => {
    Object.assign(request.headers, headers)
    const distinct = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, [value]]))
    Object.assign(request, { headersDistinct: distinct })
    if (raw === 'no lines') request.rawHeaders.length = 0
    return decide(request)
  })
  await requestPlainly({ port: served.port })
  return served.last()
}

const asserting: Headers = Object.fromEntries(linesFor(alice))

describe('an asserted header without a line', () => {
  test.each(['no lines', 'the lines of others'] as const)(
    'is removed and refused where rawHeaders has %s, in every mode, and others stay (RFC 9440 2.2)',
    async (raw) => {
      for (const mode of ['required', 'optional', 'accept-unverified'] as const) {
        const authenticator = behindNginx(undefined, { mode })
        const seen = await seenOf(
          (request) => authenticator.authenticate(request),
          { ...asserting, 'x-kept': '1' },
          raw,
        )
        expect(seen.decision).toBeRejectedWith('ERR_EVIDENCE_NO_LINE')
        expect(Object.keys(seen.headers).toSorted()).toEqual(['connection', 'host', 'x-kept'])
        expect(seen.distinct).not.toHaveProperty('ssl-client-cert')
      }
    },
  )

  test('is removed where nothing is decided, too', async () => {
    const authenticator = behindNginx(undefined, { mode: 'off' })
    const seen = await seenOf((request) => authenticator.authenticate(request), asserting)
    expect(seen.decision.outcome).toBe('skipped')
    expect(seen.headers).not.toHaveProperty('ssl-client-cert')
  })

  test.each(['SSL-Client-Cert', 'ssl_client_verify'])(
    'is so under the name %s, as platforms spell it or another reads it',
    async (name) => {
      const seen = await seenOf((request) => behindNginx().authenticate(request), { [name]: 'x' })
      expect(seen.decision).toBeRejectedWith('ERR_EVIDENCE_NO_LINE')
      expect(seen.headers).not.toHaveProperty(name)
    },
  )

  test('is refused by a second reader too, which looks for other names besides', async () => {
    const secretHeader = { name: 'x-proxy-secret', value: 'c5f1e0b2a97d4e38' }
    const [plain, guarded] = [behindNginx(), behindNginx({ addresses: ['127.0.0.1'], secretHeader })]
    const other = authenticatorFor({ from: { ...LOOPBACK, proxy: 'envoy' }, mode: 'optional' })
    const seen = await seenOf(
      async (request) => {
        expect(await plain.authenticate(request)).toBeRejectedWith('ERR_EVIDENCE_NO_LINE')
        expect(await guarded.authenticate(request)).toBeRejectedWith('ERR_EVIDENCE_UNTRUSTED_PEER')
        expect(await plain.authenticate(request)).toBeRejectedWith('ERR_EVIDENCE_NO_LINE')
        return other.authenticate(request)
      },
      { ...asserting, 'x-proxy-secret': secretHeader.value },
    )
    expect(seen.decision).toBeAnonymous()
    expect(seen.headers).not.toHaveProperty('x-proxy-secret')
  })

  test('is none where the gate does not let the peer pass', async () => {
    const seen = await seenOf((request) => behindNginx({ addresses: ['192.0.2.1'] }).authenticate(request), asserting)
    expect(seen.decision).toBeRejectedWith('ERR_EVIDENCE_UNTRUSTED_PEER')
  })
})

describe('a request without an asserted header', () => {
  test('is anonymous, with lines and without', async () => {
    const authenticator = behindNginx(undefined, { mode: 'optional' })
    for (const raw of ['no lines', 'the lines of others'] as const) {
      const seen = await seenOf((request) => authenticator.authenticate(request), { 'x-kept': '1' }, raw)
      expect(seen.decision).toBeAnonymous()
    }
  })

  test('has none by what every object inherits', async () => {
    const from: FromProxy = { ...LOOPBACK, proxy: custom({ header: 'constructor', encoding: 'base64-der' }) }
    const authenticator = authenticatorFor({ from, mode: 'optional' })
    expect(
      (await seenOf((request) => authenticator.authenticate(request), {}, 'the lines of others')).decision,
    ).toBeAnonymous()
  })
})
