import { createAuthority } from '@clientcert/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_CERTIFICATE_CHARACTERS, MAX_CHAIN_CHARACTERS } from '../../src/headers/header-format.ts'
import { createFormat } from '../../src/headers/registry.ts'
import { encodeByteSequence } from '../../src/headers/structured-field.ts'
import { unwrap } from '../encoding/unwrap.ts'
import { certificatesIn, forwarded, linesOf, outcomeIn, refusalIn } from './forwarded.ts'

const root = createAuthority('Root CA')
const outer = root.intermediate('Outer CA')
const leaf = outer.intermediate('Inner CA').issue('alice')
const [own, inner, upper] = leaf.chain.map(({ der }) => der)
if (!own || !inner || !upper) throw new Error('a chain of three was expected')

const format = createFormat('rfc9440')
const cert = encodeByteSequence(own)
const chain = `${encodeByteSequence(inner)}, ${encodeByteSequence(upper)}`

/** Both fields, the second in as many lines as are given. */
const fields = (value: string | null, ...chainLines: readonly string[]) =>
  new Map([
    ...(value === null ? [] : [['client-cert', [value]] as const]),
    ...(chainLines.length === 0 ? [] : [['client-cert-chain', chainLines] as const]),
  ])

const expectChain = (lines: ReturnType<typeof fields>, expected: readonly Uint8Array[]) => {
  const decoded = certificatesIn(format, lines)
  expect(decoded.map((der) => Buffer.from(der).toString('hex'))).toEqual(
    expected.map((der) => Buffer.from(der).toString('hex')),
  )
}

describe('Client-Cert and Client-Cert-Chain', () => {
  test.each([
    ['the end entity alone', fields(cert), [own]],
    ['a chain in one line', fields(cert, chain), [own, inner, upper]],
    ['a chain in two lines', fields(cert, ...chain.split(', ')), [own, inner, upper]],
    ['a chain of one', fields(cert, encodeByteSequence(inner)), [own, inner]],
    ['an empty chain, as HAProxy has after resumption', fields(cert, '::'), [own]],
    ['a chain that is an empty string', fields(cert, ''), [own]],
    [
      'a chain of HAProxy: DER behind DER in one sequence',
      fields(cert, encodeByteSequence(Buffer.concat([inner, upper]))),
      [own, inner, upper],
    ],
  ])('give %s, end entity first (RFC 9440 2.3)', (_, lines, expected) => {
    expectChain(lines, expected)
  })

  test('are none where both are absent, and for what proxies send that have nothing to send', () => {
    for (const value of [null, '', '::', ':{http.request.tls.client.certificate_der_base64}:']) {
      for (const chainLines of [[], [''], ['::']]) {
        expect(unwrap(format.read(fields(value, ...chainLines)))).toEqual({ certificate: null, verdict: null })
      }
    }
  })

  test.each([
    [': :', 'ERR_ENCODING_BASE64'],
    [':::', 'ERR_ENCODING_BASE64'],
    [':', 'ERR_HEADERS_SYNTAX'],
    [' ', 'ERR_HEADERS_SYNTAX'],
    ['{http.request.tls.client.certificate_der_base64}', 'ERR_HEADERS_SYNTAX'],
    [':{http.request.tls.client.certificate_pem}:', 'ERR_ENCODING_BASE64'],
    ['(null)', 'ERR_HEADERS_SYNTAX'],
    ['-', 'ERR_HEADERS_SYNTAX'],
  ])('are refused with any other word for nothing: %j', (value, code) => {
    expect(refusalIn(format, fields(value)).code).toBe(code)
  })

  test('are refused as a chain without its end entity, which then lost its field on the way', () => {
    for (const value of [null, '', '::']) {
      expect(refusalIn(format, fields(value, chain))).toMatchObject({
        code: 'ERR_HEADERS_SYNTAX',
        what: 'client-cert-chain',
        reason: expect.stringContaining('client-cert is not') as string,
      })
    }
  })

  test.each([
    ['a list in Client-Cert (RFC 9440 2.2)', fields(`${cert}, ${cert}`), 'ERR_HEADERS_SYNTAX'],
    ['a parameter in Client-Cert', fields(`${cert};a=1`), 'ERR_HEADERS_SYNTAX'],
    ['a parameter in the chain', fields(cert, `${chain};a`), 'ERR_HEADERS_SYNTAX'],
    ['an empty entry in the chain', fields(cert, `${chain}, ::`), 'ERR_ENCODING_BASE64'],
    ['an empty first entry (client-certificate-auth #189)', fields(cert, `::, ${chain}`), 'ERR_ENCODING_BASE64'],
    ['a comma behind the chain', fields(cert, `${chain},`), 'ERR_HEADERS_SYNTAX'],
    [
      'a broken Client-Cert before a good chain (client-certificate-auth #187)',
      fields(':x:', chain),
      'ERR_ENCODING_BASE64',
    ],
    ['base64 without colons', fields(cert.slice(1, -1)), 'ERR_HEADERS_SYNTAX'],
    ['PEM', fields(leaf.certificate.pem.replaceAll('\n', ' ')), 'ERR_HEADERS_SYNTAX'],
    [
      "octets behind HAProxy's DER",
      fields(cert, encodeByteSequence(Buffer.concat([inner, Uint8Array.of(0)]))),
      'ERR_HEADERS_SYNTAX',
    ],
    [
      "HAProxy's DER cut short",
      fields(cert, encodeByteSequence(Buffer.concat([inner, upper]).subarray(0, -1))),
      'ERR_HEADERS_SYNTAX',
    ],
  ])('are refused with %s', (_, lines, code) => {
    expect(refusalIn(format, lines).code).toBe(code)
  })

  test('are looked at up to their limits and not past them, before anything is parsed', () => {
    const padded = (text: string, length: number) => text + ' '.repeat(length - text.length)
    expectChain(fields(padded(cert, MAX_CERTIFICATE_CHARACTERS), padded(chain, MAX_CHAIN_CHARACTERS)), [
      own,
      inner,
      upper,
    ])
    expect(format.read(fields(padded(cert, MAX_CERTIFICATE_CHARACTERS + 1))).ok).toBe(false)
    expect(format.read(fields(cert, padded(chain, MAX_CHAIN_CHARACTERS + 1))).ok).toBe(false)
  })

  test('may come in several lines for the chain alone', () => {
    expect([...format.listHeaders]).toEqual(['client-cert-chain'])
  })

  test('are remembered by both, the end entity last', () => {
    const textOf = (...given: Parameters<typeof fields>) => unwrap(format.read(fields(...given))).certificate?.text
    expect(textOf(cert)).toBe(`\n${cert}`)
    expect(textOf(cert, '::')).toBe(`\n${cert}`)
    expect(textOf(cert, chain)).toBe(`${chain}\n${cert}`)
    expect(textOf(cert, ...chain.split(', '))).toBe(`${chain}\n${cert}`)
  })

  test('are written as a TTRP writes them, and nothing for nobody (RFC 9440 2.4)', () => {
    expect(format.encode(forwarded(leaf))).toEqual({ 'client-cert': cert, 'client-cert-chain': chain })
    expect(format.encode(forwarded(root.issue()))).not.toHaveProperty('client-cert-chain')
    expect(format.encode(null)).toEqual({})
  })

  test('never throw, whatever stands in them', () => {
    const piece = fc.oneof(
      fc.constantFrom(cert, chain, ':', '::', ',', ' ', ';a', '{', 'MII='),
      fc.string({ unit: 'binary', maxLength: 3 }),
    )
    const value = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''))
    fc.assert(
      fc.property(value, fc.array(value, { maxLength: 3 }), (text, chainLines) => {
        expect(String(outcomeIn(format, fields(text, ...chainLines)))).toMatch(/^(\d+|ERR_(ENCODING|HEADERS)_\w+)$/)
      }),
      { numRuns: 2_000 },
    )
  })
})

/** RFC 9440 appendix A, figures 2 and 3, with the white space removed that was added there for display. */
const EXAMPLE = {
  'client-cert':
    ':MIIBqDCCAU6gAwIBAgIBBzAKBggqhkjOPQQDAjA6MRswGQYDVQQKDBJMZXQncyBBdXRoZW50aWNhdGUxGzAZBgNVBAMMEkxBIEludGVybWVkaWF0ZSBDQTAeFw0yMDAxMTQyMjU1MzNaFw0yMTAxMjMyMjU1MzNaMA0xCzAJBgNVBAMMAkJDMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE8YnXXfaUgmnMtOXU/IncWalRhebrXmckC8vdgJ1p5Be5F/3YC8OthxM4+k1M6aEAEFcGzkJiNy6J84y7uzo9M6NyMHAwCQYDVR0TBAIwADAfBgNVHSMEGDAWgBRm3WjLa38lbEYCuiCPct0ZaSED2DAOBgNVHQ8BAf8EBAMCBsAwEwYDVR0lBAwwCgYIKwYBBQUHAwIwHQYDVR0RAQH/BBMwEYEPYmRjQGV4YW1wbGUuY29tMAoGCCqGSM49BAMCA0gAMEUCIBHda/r1vaL6G3VliL4/Di6YK0Q6bMjeSkC3dFCOOB8TAiEAx/kHSB4urmiZ0NX5r5XarmPk0wmuydBVoU4hBVZ1yhk=:',
  'client-cert-chain':
    ':MIIB5jCCAYugAwIBAgIBFjAKBggqhkjOPQQDAjBWMQswCQYDVQQGEwJVUzEbMBkGA1UECgwSTGV0J3MgQXV0aGVudGljYXRlMSowKAYDVQQDDCFMZXQncyBBdXRoZW50aWNhdGUgUm9vdCBBdXRob3JpdHkwHhcNMjAwMTE0MjEzMjMwWhcNMzAwMTExMjEzMjMwWjA6MRswGQYDVQQKDBJMZXQncyBBdXRoZW50aWNhdGUxGzAZBgNVBAMMEkxBIEludGVybWVkaWF0ZSBDQTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABJf+aA54RC5pyLAR5yfXVYmNpgd+CGUTDp2KOGhc0gK91zxhHesEYkdXkpS2UN8Kati+yHtWCV3kkhCngGyv7RqjZjBkMB0GA1UdDgQWBBRm3WjLa38lbEYCuiCPct0ZaSED2DAfBgNVHSMEGDAWgBTEA2Q6eecKu9g9yb5glbkhhVINGDASBgNVHRMBAf8ECDAGAQH/AgEAMA4GA1UdDwEB/wQEAwIBhjAKBggqhkjOPQQDAgNJADBGAiEA5pLvaFwRRkxomIAtDIwg9D7gC1xzxBl4r28EzmSO1pcCIQCJUShpSXO9HDIQMUgH69fNDEMHXD3RRX5gP7kuu2KGMg==:, :MIICBjCCAaygAwIBAgIJAKS0yiqKtlhoMAoGCCqGSM49BAMCMFYxCzAJBgNVBAYTAlVTMRswGQYDVQQKDBJMZXQncyBBdXRoZW50aWNhdGUxKjAoBgNVBAMMIUxldCdzIEF1dGhlbnRpY2F0ZSBSb290IEF1dGhvcml0eTAeFw0yMDAxMTQyMTI1NDVaFw00MDAxMDkyMTI1NDVaMFYxCzAJBgNVBAYTAlVTMRswGQYDVQQKDBJMZXQncyBBdXRoZW50aWNhdGUxKjAoBgNVBAMMIUxldCdzIEF1dGhlbnRpY2F0ZSBSb290IEF1dGhvcml0eTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABFoaHU+Z5bPKmGzlYXtCf+E6HYj62fORaHDOrt+yyh3H/rTcs7ynFfGn+gyFsrSP3Ez88rajv+U2NfD0o0uZ4PmjYzBhMB0GA1UdDgQWBBTEA2Q6eecKu9g9yb5glbkhhVINGDAfBgNVHSMEGDAWgBTEA2Q6eecKu9g9yb5glbkhhVINGDAPBgNVHRMBAf8EBTADAQH/MA4GA1UdDwEB/wQEAwIBhjAKBggqhkjOPQQDAgNIADBFAiEAmAeg1ycKHriqHnaD4M/UDBpQRpkmdcRFYGMg1Qyrkx4CIB4ivz3wQcQkGhcsUZ1SOImd/lq1Q0FLf09rGfLQPWDc:',
}

test('the example of RFC 9440 appendix A is read, and written again to the character', () => {
  const [endEntity, ...issuers] = certificatesIn(format, linesOf(EXAMPLE))
  if (!endEntity) throw new Error('no certificate')
  expect(issuers).toHaveLength(2)
  expect(format.encode(forwarded(leaf, { certificates: [endEntity, ...issuers] }))).toEqual(EXAMPLE)
})
