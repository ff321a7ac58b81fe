import { createHash } from 'node:crypto'
import { createAuthority } from '@clientcert/testing'
import '@clientcert/testing/vitest'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodePercent } from '../../src/encoding/percent.ts'
import { evidenceFromHeaders } from '../../src/evidence/from-headers.ts'
import { MAX_CHAIN_CHARACTERS } from '../../src/headers/header-format.ts'
import { createFormat } from '../../src/headers/registry.ts'
import { authenticatorFor } from '../behind-nginx.ts'
import { unwrap } from '../encoding/unwrap.ts'
import { requestPlainly, serve } from '../serving.ts'
import { certificatesIn, forwarded, linesOf, outcomeIn, refusalIn } from './forwarded.ts'

const HEADER = 'x-forwarded-client-cert'
const root = createAuthority('Root CA')
const leaf = root.intermediate('Intermediate CA').issue('alice')
const other = root.issue('gateway')
const mallory = createAuthority('Mallory CA').issue('admin')

const envoy = createFormat('envoy')
const behind = (trustedHops: number) => createFormat('envoy', { settings: { trustedHops } })
const lines = (value: string) => linesOf({ [HEADER]: value })

const hashOf = ({ certificate }: typeof leaf) => createHash('sha256').update(certificate.der).digest('hex')
const certOf = ({ certificate }: typeof leaf) => encodePercent(certificate.pem)
const chainOf = ({ fullChainPem }: typeof leaf) => encodePercent(fullChainPem)
const hash = `Hash=${hashOf(leaf)}`
const cert = `Cert="${certOf(leaf)}"`
const chain = `Chain="${chainOf(leaf)}"`
/** As Envoy writes the element of a connection, with everything on. */
const element = (whose = leaf, uri = 'spiffe://prod/alice') =>
  `By=spiffe://prod/proxy;Hash=${hashOf(whose)};Cert="${certOf(whose)}";Subject="CN=x";URI=${uri};DNS=a.example`

const expectLeaf = (format: typeof envoy, value: string, certificates = 1) => {
  const decoded = certificatesIn(format, lines(value))
  expect(decoded).toHaveLength(certificates)
  expect(Buffer.compare(decoded[0] ?? new Uint8Array(), leaf.certificate.der)).toBe(0)
}

describe('the certificate in X-Forwarded-Client-Cert', () => {
  test.each([
    ['Cert', `${hash};${cert}`, 1],
    ['Chain, which has the end entity too', `${hash};${chain}`, 2],
    ['both', `${hash};${cert};${chain}`, 2],
    ['both, the other way round', `${chain};${cert};${hash}`, 2],
    ['everything that Envoy can write', element(), 1],
    ['a hash in upper case', `Hash=${hashOf(leaf).toUpperCase()};${cert}`, 1],
    ['Cert that is not quoted', `${hash};Cert=${certOf(leaf)}`, 1],
    ['the shape of Azure Container Apps', `${hash};${cert};${chain};`, 2],
  ])('is taken from %s', (_, value, certificates) => {
    expectLeaf(envoy, value, certificates)
  })

  test.each([
    ['Hash of another', `Hash=${hashOf(other)};${cert}`, { one: 'Hash', other: 'Cert' }],
    ['Hash of another, with Chain', `Hash=${hashOf(other)};${chain}`, { one: 'Hash', other: 'Chain' }],
    ['an empty Hash', `Hash=;${cert}`, { one: 'Hash', other: 'Cert' }],
    ['a Hash that is shorter', `${hash.slice(0, -1)};${cert}`, { one: 'Hash', other: 'Cert' }],
    ['Cert of another than Chain', `${hash};Cert="${certOf(other)}";${chain}`, { one: 'Cert', other: 'Chain' }],
    ['Chain of another than Cert', `${hash};${cert};Chain="${chainOf(other)}"`, { one: 'Cert', other: 'Chain' }],
  ])('is refused with %s (CVE-2026-35616: two parts, two certificates)', (_, value, evidence) => {
    expect(refusalIn(envoy, lines(value))).toMatchObject({ code: 'ERR_HEADERS_MISMATCH', proxy: 'envoy', ...evidence })
  })

  test.each([
    ['no Hash', cert, 'ERR_HEADERS_SYNTAX'],
    ['an empty Cert', `${hash};Cert=""`, 'ERR_HEADERS_SYNTAX'],
    ['an empty Cert beside Chain', `${hash};Cert="";${chain}`, 'ERR_HEADERS_SYNTAX'],
    ['an empty Chain', `${hash};Chain=""`, 'ERR_HEADERS_SYNTAX'],
    ['an empty Chain beside Cert', `${hash};${cert};Chain=""`, 'ERR_HEADERS_SYNTAX'],
    ['an empty Chain that is not quoted', `${hash};${cert};Chain=`, 'ERR_HEADERS_SYNTAX'],
    ['two certificates in Cert', `${hash};Cert="${certOf(leaf)}${certOf(other)}"`, 'ERR_HEADERS_CERTIFICATE_COUNT'],
    [
      'a Chain whose first block is broken: the next is not the client (client-certificate-auth #187)',
      `${hash};Chain="x${chainOf(leaf)}"`,
      'ERR_ENCODING_PEM',
    ],
    [
      'a bare base64 body, as Cloud Foundry has under this name',
      leaf.certificate.pem.split('\n').slice(1, -2).join(''),
      'ERR_HEADERS_SYNTAX',
    ],
    ['a word', 'SPOOF', 'ERR_HEADERS_SYNTAX'],
    ['white space', ' ', 'ERR_HEADERS_SYNTAX'],
  ])('is refused with %s', (_, value, code) => {
    expect(refusalIn(envoy, lines(value)).code).toBe(code)
  })

  test('is looked at up to the limit, and not past it, before anything is parsed', () => {
    const value = `${hash};${cert};Subject="`
    const padded = (length: number) => `${value}${'x'.repeat(length - value.length - 1)}"`
    expectLeaf(envoy, padded(MAX_CHAIN_CHARACTERS))
    expect(refusalIn(envoy, lines(padded(MAX_CHAIN_CHARACTERS + 1)))).toMatchObject({
      code: 'ERR_ENCODING_TOO_LARGE',
      present: MAX_CHAIN_CHARACTERS + 1,
    })
  })

  test.each([
    ['no header', new Map()],
    ['an empty one', lines('')],
  ])('is none with %s', (_, none) => {
    expect(unwrap(envoy.read(none))).toEqual({ certificate: null, verdict: null })
  })

  test.each([`${hash};Subject="CN=alice";URI=spiffe://prod/alice`, hash, 'Subject=""', 'URI='])(
    'is missing where an element says that there was one, and the failure says what to set: %s',
    (value) => {
      const asserted = { values: lines(value), lookAlikes: [], hopByHop: [], withoutLine: [], lines: 1 }
      expect(evidenceFromHeaders(envoy, asserted, 'consistent', { key: {} })).toMatchObject({
        kind: 'unusable',
        failure: {
          code: 'ERR_EVIDENCE_CONTRADICTION',
          proxyHint: expect.stringContaining('set_current_client_cert_details: { cert: true }') as string,
        },
      })
      expect(evidenceFromHeaders(envoy, asserted, 'ignore', { key: {} }).kind).toBe('none')
    },
  )
})

describe('trustedHops', () => {
  test.each([1, 2, 3, 16])('of %d takes the first of exactly as many elements', (hops) => {
    const value = [element(), ...Array.from({ length: hops - 1 }, () => element(other))].join(',')
    expectLeaf(behind(hops), value)
    const [fewer, more] = [behind(hops + 1), `${value},${element(other)}`]
    expect(refusalIn(fewer, lines(value))).toMatchObject({
      code: 'ERR_HEADERS_HOPS',
      header: HEADER,
      present: hops,
      trustedHops: hops + 1,
    })
    expect(refusalIn(behind(hops), lines(more))).toMatchObject({ code: 'ERR_HEADERS_HOPS', present: hops + 1 })
  })

  test('never takes the first element of more than one by default: a client wrote it (CVE-2026-31838)', () => {
    expect(refusalIn(envoy, lines(`${element(mallory)},${element()}`)).code).toBe('ERR_HEADERS_HOPS')
  })

  test('counts an element without a certificate as one', () => {
    expect(refusalIn(envoy, lines(`Hash=00,${element()}`)).code).toBe('ERR_HEADERS_HOPS')
    expect(refusalIn(behind(2), lines(`By=x,${element()},${element()}`)).code).toBe('ERR_HEADERS_HOPS')
  })
})

describe('a name that a client chose, which Envoy writes as it is (envoy #32945)', () => {
  const evil = `Hash=${hashOf(mallory)};Cert="${certOf(mallory)}"`
  const evilCert = `Cert="${certOf(mallory)}"`
  const injected = (uri: string) => lines(element(leaf, uri))

  test.each([
    ['a Cert', `spiffe://x;${evilCert}`, 'ERR_HEADERS_SYNTAX'],
    ['a Cert in another case', `spiffe://x;${evilCert.replace('Cert', 'CERT')}`, 'ERR_HEADERS_SYNTAX'],
    ['a Hash and a Cert', `spiffe://x;${evil}`, 'ERR_HEADERS_SYNTAX'],
    ['an element', `spiffe://x,${evil}`, 'ERR_HEADERS_HOPS'],
    ['an element and an open quote', `spiffe://x,${evil};Subject="`, 'ERR_HEADERS_SYNTAX'],
    ['an open quote', 'x;By="', 'ERR_HEADERS_SYNTAX'],
    ['a key that Envoy does not have', 'spiffe://x;a=b', 'ERR_HEADERS_SYNTAX'],
    ['a field that is none', 'spiffe://x;y', 'ERR_HEADERS_SYNTAX'],
    ['an empty element', 'spiffe://x,', 'ERR_HEADERS_SYNTAX'],
    ['a quote', 'spiffe://"x"', 'ERR_HEADERS_SYNTAX'],
  ])('is refused when it adds %s', (_, uri, code) => {
    expect(refusalIn(envoy, injected(uri)).code).toBe(code)
  })

  test.each([
    ['a Chain that begins with another', `x;Chain="${chainOf(mallory)}"`],
    ['a Cert, where Envoy writes none', `x;${evilCert}`],
  ])('is refused when it adds %s: Hash is that of the connection', (_, uri) => {
    const without = `${hash};Subject="CN=x";URI=${uri}`
    expect(refusalIn(envoy, lines(without)).code).toBe('ERR_HEADERS_MISMATCH')
  })

  test('does not matter where it only looks like more names, which are read from the certificate', () => {
    expectLeaf(envoy, element(leaf, 'spiffe://x;URI=spiffe://admin;DNS=admin'))
  })

  test.each([
    ['closes the quotes', `CN=x";${evilCert};By="`, 'ERR_HEADERS_SYNTAX'],
    ['ends with a backslash', 'CN=x\\\\', 'ERR_HEADERS_SYNTAX'],
  ])('is refused as a subject that %s (client-certificate-auth #229)', (_, subject, code) => {
    expect(refusalIn(envoy, lines(`${hash};${cert};Subject="${subject}";URI=`)).code).toBe(code)
    const next = lines(`${hash};${cert};Subject="${subject}";URI=,${element(other)}`)
    expect(refusalIn(behind(2), next).code).toBe(code)
  })

  test('may add an element where several are expected, and its bearer stays the bearer: the first is theirs', () => {
    expectLeaf(behind(2), element(leaf, `x,${evil}`))
    expectLeaf(behind(2), element(leaf, 'x,By=y'))
    expect(refusalIn(behind(2), injected('x')).code).toBe('ERR_HEADERS_HOPS')
  })

  test('cannot hide the element of the next proxy within quotes', () => {
    const opened = `${element(leaf, 'x;By="')},${element(other)}`
    expect(refusalIn(envoy, lines(opened)).code).toBe('ERR_HEADERS_SYNTAX')
  })

  test('never gives another certificate, whatever it is', () => {
    const piece = fc.constantFrom(evilCert, evil, ';', ',', '"', '\\', '=', 'By="', 'URI=', 'Subject="', 'x')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const assertion = envoy.read(injected(pieces.join('')))
        const decoded = assertion.ok ? assertion.value.certificate?.decode() : undefined
        if (decoded?.ok) expect(Buffer.compare(decoded.value[0], leaf.certificate.der)).toBe(0)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('what is remembered', () => {
  const textOf = (value: string) => unwrap(envoy.read(lines(value))).certificate?.text ?? ''

  test('does not let an empty Chain pass for none, where the client is remembered without', async () => {
    const from = { proxy: 'envoy', onlyFrom: { addresses: ['127.0.0.1'] } } as const
    const { port, last } = await serve('http', authenticatorFor({ trust: { pem: root.certificate.pem }, from }))
    const ask = async (value: string) => {
      await requestPlainly({ port }, [[HEADER, value]])
      return last().decision
    }
    const honest = `Hash=${hashOf(other)};Cert="${certOf(other)}"`
    expect(await ask(`${honest};Chain=""`)).toBeRejectedWith('ERR_HEADERS_SYNTAX')
    expect(await ask(honest)).toBeAccepted()
    expect(await ask(`${honest};Chain=""`)).toBeRejectedWith('ERR_HEADERS_SYNTAX')
    expect(await ask(honest)).toBeAccepted()
  })

  test('ends in the end entity, whose signature tells clients apart, with Cert and with Chain alone', () => {
    for (const value of [`${hash};${cert}`, `${hash};${chain}`, `${hash};${cert};${chain}`]) {
      expect(textOf(value).replace(/%0A$/, '')).toMatch(new RegExp(`\\s${certOf(leaf).slice(0, -'%0A'.length)}$`))
    }
  })

  test('differs with Hash, Cert and Chain, on which the outcome depends', () => {
    const texts = [
      `${hash};${cert}`,
      `Hash=${hashOf(other)};${cert}`,
      `${hash};${chain}`,
      `${hash};${cert};${chain}`,
      `${hash};Cert="${certOf(other)}"`,
      `${hash};${cert};Chain="${chainOf(other)}"`,
    ].map(textOf)
    expect(new Set(texts).size).toBe(texts.length)
    expect(textOf(`By=a;${hash};${cert};URI=b`)).toBe(texts[0])
  })
})

describe('as a proxy that forwards', () => {
  test('writes what Envoy writes with SANITIZE_SET', () => {
    const client = forwarded(leaf, {
      subject: 'CN=alice',
      uris: ['spiffe://prod/alice'],
      dnsNames: ['a.example', 'b.example'],
    })
    expect(envoy.encode(client)).toEqual({
      [HEADER]: `${hash};${cert};${chain};Subject="CN=alice";URI=spiffe://prod/alice;DNS=a.example;DNS=b.example`,
    })
    expect(envoy.encode(forwarded(other, { subject: '' }))).toEqual({
      [HEADER]: `Hash=${hashOf(other)};Cert="${certOf(other)}";Subject="";URI=`,
    })
    expect(envoy.encode(null)).toEqual({})
  })

  test('lets no name break out: what it writes is read as the same certificate', () => {
    const text = fc.oneof(
      fc.array(fc.constantFrom('"', '\\', ';', ',', '=', `Cert="x"`, 'a'), { maxLength: 6 }).map((all) => all.join('')),
      fc.string({ maxLength: 8 }),
    )
    fc.assert(
      fc.property(
        text,
        fc.array(text, { maxLength: 3 }),
        fc.array(text, { maxLength: 3 }),
        (subject, uris, dnsNames) => {
          const headers = envoy.encode(forwarded(leaf, { subject, uris, dnsNames }))
          expectLeaf(envoy, headers[HEADER] ?? '', 2)
        },
      ),
      { numRuns: 500 },
    )
  })
})

test('arbitrary text never throws: it is a certificate, none, or a typed refusal', () => {
  const piece = fc.oneof(
    fc.constantFrom(hash, cert, chain, ';', ',', '"', 'Cert="', '%', '%0A', '-----BEGIN%20CERTIFICATE-----'),
    fc.string({ unit: 'binary', maxLength: 4 }),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
      expect(outcomeIn(envoy, lines(pieces.join('')))).toSatisfy(
        (outcome) =>
          outcome === 0 || outcome === 1 || outcome === 2 || /^ERR_(ENCODING|HEADERS)_/.test(String(outcome)),
      )
    }),
    { numRuns: 2_000 },
  )
})
