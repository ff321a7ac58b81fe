import { inspect } from 'node:util'
import '@clientcert/testing/vitest'
import { broken, createAuthority, injectWithCertificate } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { type AuthenticatorOptions, dns, type NodeRequest } from '../../src/index.ts'
import { alice, authenticatorFor, behindNginx, LOOPBACK, linesFor, root } from '../behind-nginx.ts'
import { type Kind, requestOverH2c, requestPlainly, type Seen, serve } from '../serving.ts'

type Lines = readonly (readonly [string, string])[]

/** Lines that belong to the application, around and behind what is asserted. */
const around = (asserted: Lines): Lines => [
  ['X-First', '1'],
  ...asserted,
  ['X-Twice', '1'],
  ['Cookie', 'a=b'],
  ['x-twice', '2'],
  ['X-Last', 'last'],
]

/** Names of what is left that stem from the proxy's, in any view. */
function leftOf({ headers, rawHeaders, distinct }: Seen): readonly string[] {
  const names = [
    ...Object.keys(headers),
    ...rawHeaders.filter((_, index) => index % 2 === 0),
    ...Object.keys(distinct ?? {}),
  ]
  return names.filter((name) => name.toLowerCase().replace(/[_.]/g, '-').startsWith('ssl-client-'))
}

/** Every outcome there is, with the request that comes to it. */
const OUTCOMES: readonly Readonly<{
  title: string
  lines: Lines
  options?: Partial<AuthenticatorOptions>
  outcome: string
}>[] = [
  { title: 'accepted', lines: linesFor(alice), outcome: 'accepted' },
  { title: 'anonymous', lines: linesFor(null), options: { mode: 'optional' }, outcome: 'anonymous' },
  {
    title: 'unverified',
    lines: linesFor(createAuthority().issue()),
    options: { mode: 'accept-unverified' },
    outcome: 'unverified',
  },
  { title: 'skipped by mode off', lines: linesFor(alice), options: { mode: 'off' }, outcome: 'skipped' },
  { title: 'required and absent', lines: linesFor(null), outcome: 'ERR_EVIDENCE_NO_CERTIFICATE' },
  { title: 'expired', lines: linesFor(broken.expired(root)), outcome: 'ERR_PATH_EXPIRED' },
  { title: 'forbidden', lines: linesFor(alice), options: { allow: dns('nobody') }, outcome: 'ERR_POLICY_REFUSED' },
  {
    title: 'from outside the gate',
    lines: linesFor(alice),
    options: { from: { proxy: 'nginx', onlyFrom: { addresses: ['192.0.2.1'] } } },
    outcome: 'ERR_EVIDENCE_UNTRUSTED_PEER',
  },
  {
    title: 'a duplicate',
    lines: [...linesFor(alice), ['SSL-Client-Cert', 'x']],
    outcome: 'ERR_EVIDENCE_DUPLICATE_HEADER',
  },
  {
    title: 'a look-alike',
    lines: [...linesFor(alice), ['SSL_CLIENT.CERT', 'x']],
    outcome: 'ERR_EVIDENCE_LOOKALIKE_HEADER',
  },
  { title: 'undecodable', lines: [['ssl-client-cert', '%zz']], outcome: 'ERR_ENCODING_PERCENT' },
  { title: 'a contradiction', lines: linesFor(alice, { verify: 'NONE' }), outcome: 'ERR_EVIDENCE_CONTRADICTION' },
  {
    title: 'not ready',
    lines: linesFor(alice),
    options: { trust: { name: 'slow', load: () => new Promise<never>(() => {}) } },
    outcome: 'ERR_TRUST_NOT_READY',
  },
]

/** One request over each way that a proxy can take. */
async function seenOver(kind: Kind, options: Partial<AuthenticatorOptions>, lines: Lines): Promise<Seen> {
  const { server, port, last } = await serve(kind, authenticatorFor({ from: LOOPBACK, ...options }))
  if (kind === 'h2c') await requestOverH2c({ port }, lines)
  else if (kind === 'http') await requestPlainly({ port }, lines)
  else await injectWithCertificate(server, null, { headers: lines })
  return last()
}

describe.each(['http', 'https', 'http2', 'h2c'] as const)('over %s', (kind) => {
  test.each(OUTCOMES)(
    'removes what the proxy asserts from every view when the outcome is: $title',
    async ({ lines, options = {}, outcome }) => {
      // HTTP/2 has no upper case (RFC 9113 8.2.1); the client lowers what the others send as it is.
      const sent = around(lines).map(([name, value]) => [kind === 'h2c' ? name.toLowerCase() : name, value] as const)
      const seen = await seenOver(kind, options, sent)
      const { decision } = seen
      expect('failure' in decision && decision.outcome === 'rejected' ? decision.failure.code : decision.outcome).toBe(
        outcome,
      )
      expect(leftOf(seen)).toEqual([])
      expect(seen.headers).toMatchObject({ 'x-first': '1', 'x-twice': '1, 2', cookie: 'a=b', 'x-last': 'last' })
      if (seen.distinct !== null) {
        expect(seen.distinct).toMatchObject({
          'x-first': ['1'],
          'x-twice': ['1', '2'],
          cookie: ['a=b'],
          'x-last': ['last'],
        })
      }
    },
  )
})

describe('removal', () => {
  test('leaves the other lines as they came, in their order and spelling', async () => {
    const { rawHeaders } = await seenOver('http', {}, around(linesFor(alice)))
    expect(rawHeaders.slice(2, -2)).toEqual(around([]).flat())
  })

  test('finds views that were looked at before', async () => {
    const authenticator = behindNginx()
    const { port, last } = await serve('http', (request) => {
      expect(request.headers['ssl-client-cert']).toBeDefined()
      expect('headersDistinct' in request && request.headersDistinct['ssl-client-cert']).toHaveLength(1)
      return authenticator.authenticate(request)
    })
    await requestPlainly({ port }, around(linesFor(alice)))
    expect(last().decision).toBeAccepted()
    expect(leftOf(last())).toEqual([])
  })

  test('happens by strip() without a decision, and a decision later finds what was there', async () => {
    const authenticator = behindNginx()
    const { port, last } = await serve('http', async (request) => {
      authenticator.strip(request)
      expect(request.headers).not.toHaveProperty('ssl-client-cert')
      return authenticator.authenticate(request)
    })
    await requestPlainly({ port }, linesFor(alice))
    expect(last().decision).toBeAccepted()
  })

  test('says nothing of it in a log of the request, nor to whoever reads a copy', async () => {
    const authenticator = behindNginx()
    const { port, last } = await serve('http', authenticator)
    await requestPlainly({ port }, linesFor(alice))
    const { request } = last()
    expect(inspect(request, { depth: 20, showHidden: true })).not.toContain('BEGIN%20CERTIFICATE')
    await expect(
      authenticator.authenticate(Object.assign(Object.create(request) as NodeRequest, request)),
    ).resolves.toBeRejectedWith('ERR_EVIDENCE_NO_CERTIFICATE')
    await expect(authenticator.authenticate(request)).resolves.toBeAccepted()
  })

  test('happens in a second reader of other names, each finding its own', async () => {
    const plain = behindNginx()
    const guarded = behindNginx({ secretHeader: { name: 'x-proxy-secret', value: 'c5f1e0b2a97d4e38' } })
    const first: NodeRequest[] = []
    const { port, last } = await serve('http', async (request) => {
      expect(await plain.authenticate(request)).toBeAccepted()
      expect(request.headers).toHaveProperty('x-proxy-secret')
      first.push(request)
      return guarded.authenticate(request)
    })
    await requestPlainly({ port }, [...linesFor(alice), ['x-proxy-secret', 'c5f1e0b2a97d4e38']])
    expect(last().decision).toBeAccepted()
    expect(last().headers).not.toHaveProperty('x-proxy-secret')
    // What one reader removed is not read again by the first as somebody else's.
    await expect(plain.authenticate(first[0] as NodeRequest)).resolves.toMatchObject({ outcome: 'accepted' })
  })

  test('lets a stricter second reader refuse what the first let pass', async () => {
    const [lenient, strict] = [behindNginx(undefined, { mode: 'accept-unverified' }), behindNginx()]
    const { port, last } = await serve('http', async (request) => {
      await lenient.authenticate(request)
      return strict.authenticate(request)
    })
    await requestPlainly({ port }, linesFor(createAuthority().issue()))
    expect(last().decision).toBeRejectedWith('ERR_PATH_ISSUER_MISSING')
    await requestPlainly({ port }, [...linesFor(alice), ['ssl_client_cert', 'x']])
    expect(last().decision).toBeRejectedWith('ERR_EVIDENCE_LOOKALIKE_HEADER')
  })

  test('does not happen in socket mode, where no header is asserted', async () => {
    const { server, last } = await serve('https', authenticatorFor())
    await injectWithCertificate(server, alice, { headers: [['ssl-client-cert', 'spoofed']] })
    expect(last().decision).toBeAccepted()
    expect(last().headers).toHaveProperty('ssl-client-cert', 'spoofed')
  })

  test('leaves a view that may be written to', async () => {
    const authenticator = behindNginx()
    const { port, last } = await serve('http', async (request) => {
      const decision = await authenticator.authenticate(request)
      if ('headersDistinct' in request) {
        request.headersDistinct['x-added'] = ['1']
        expect(request.headersDistinct).toHaveProperty('x-added')
        Object.assign(request, { headersDistinct: { 'x-other': ['2'] } })
      }
      return decision
    })
    await requestPlainly({ port }, linesFor(alice))
    expect(last().distinct).toEqual({ 'x-other': ['2'] })
  })

  test('survives a header named __proto__ or constructor (CVE-2026-21710; client-certificate-auth#163)', async () => {
    const { port, last } = await serve('http', behindNginx())
    const odd = [
      ['__proto__', 'x'],
      ['constructor', 'y'],
      ['toString', 'z'],
    ] as const
    await requestPlainly({ port }, [...odd, ...linesFor(alice), ...odd])
    expect(last().decision).toBeAccepted()
    expect(leftOf(last())).toEqual([])
    expect(Object.prototype).not.toHaveProperty('x')
    expect(last().rawHeaders.filter((name) => name === '__proto__')).toHaveLength(2)
    // Node's own view throws on versions without the fix; this one is ours, once something was removed.
    expect(last().distinct?.['constructor']).toEqual(['y', 'y'])
    expect(Object.getOwnPropertyDescriptor(last().distinct ?? {}, '__proto__')?.value).toEqual(['x', 'x'])
  })
})
