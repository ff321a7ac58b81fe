import { createAuthority } from '@clientcert/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_CERTIFICATE_CHARACTERS, MAX_CHAIN_CHARACTERS, MAX_CHAIN_ENTRIES } from '../../src/headers/header-format.ts'
import { createFormat } from '../../src/headers/registry.ts'
import { failureOf, unwrap } from '../encoding/unwrap.ts'
import { forwarded, linesOf } from './forwarded.ts'
import { outcomeOf } from './outcome.ts'

const root = createAuthority('Root CA')
const upper = root.intermediate('Upper CA')
const lower = upper.intermediate('Lower CA')
const leaf = lower.issue('alice')
const format = createFormat('haproxy')

const base64 = (...ders: readonly Uint8Array[]) => Buffer.concat(ders).toString('base64')
const end = base64(leaf.certificate.der)
const issuers = [lower.certificate.der, upper.certificate.der]

type Headers = Readonly<Partial<Record<'der' | 'chain' | 'verify' | 'used', string | undefined>>>

const NAMES = {
  der: 'x-ssl-client-der',
  chain: 'x-ssl-client-chain-der',
  verify: 'x-ssl-client-verify',
  used: 'x-ssl-client-used',
}

/** Lines as HAProxy writes them, but for those that are given; undefined for one that is not there. */
function linesWith(otherwise: Headers) {
  const all = { der: end, chain: base64(...issuers), verify: '0', used: '1', ...otherwise }
  return linesOf(
    Object.fromEntries(
      Object.entries(all).flatMap(([role, value]) =>
        value === undefined ? [] : [[NAMES[role as keyof typeof NAMES], value]],
      ),
    ),
  )
}

const verdictOf = (headers: Headers) => {
  const { verdict } = unwrap(format.read(linesWith(headers)))
  return verdict && unwrap(verdict)
}
const refused = (headers: Headers) => outcomeOf(format, linesWith(headers))

describe('the certificate of HAProxy', () => {
  test('is base64 of its DER on one line, and the chain what is concatenated behind it (ssl_c_der, ssl_c_chain_der)', () => {
    expect(outcomeOf(format, linesWith({}))).toEqual({
      kind: 'certificates',
      base64: [end, ...issuers.map((der) => base64(der))],
    })
  })

  test('is alone where the session was resumed, for which HAProxy knows no chain (measured)', () => {
    for (const chain of ['', undefined]) {
      expect(outcomeOf(format, linesWith({ chain }))).toEqual({ kind: 'certificates', base64: [end] })
    }
  })

  test.each([
    ['a line break', `${end.slice(0, 64)}\n${end.slice(64)}`, 'ERR_ENCODING_BASE64'],
    ['the alphabet of URLs', end.replaceAll('+', '-').replaceAll('/', '_'), 'ERR_ENCODING_BASE64'],
    ['a second one joined to it, as an add-header makes it', `${end}, ${end}`, 'ERR_ENCODING_BASE64'],
    ['colons around it (RFC 9440)', `:${end}:`, 'ERR_ENCODING_BASE64'],
    ['PEM', leaf.certificate.pem.trimEnd().replaceAll('\n', ' '), 'ERR_ENCODING_BASE64'],
    ['a word', 'SPOOF-f', 'ERR_ENCODING_BASE64'],
  ])('is refused with %s', (_, der, code) => {
    expect(refused({ der })).toMatchObject({ kind: 'refused', code })
  })

  test('is decoded up to the limit and refused past it, before anything looks at it', () => {
    const long = 'A'.repeat(MAX_CERTIFICATE_CHARACTERS)
    expect(outcomeOf(format, linesWith({ der: long, chain: '' }))).toMatchObject({ kind: 'certificates' })
    expect(refused({ der: `${long}AAAA`, chain: '' })).toMatchObject({ code: 'ERR_ENCODING_TOO_LARGE' })
    expect(refused({ chain: '%'.repeat(MAX_CHAIN_CHARACTERS + 1) })).toMatchObject({ code: 'ERR_ENCODING_TOO_LARGE' })
    expect(refused({ chain: '%'.repeat(MAX_CHAIN_CHARACTERS) })).toMatchObject({ code: 'ERR_ENCODING_BASE64' })
  })

  test('has as many issuers as are taken apart, and not one more', () => {
    const small = Buffer.from('3000', 'hex')
    const many = (count: number) => base64(...Array.from({ length: count }, () => small))
    expect(outcomeOf(format, linesWith({ chain: many(MAX_CHAIN_ENTRIES) }))).toMatchObject({ kind: 'certificates' })
    expect(refused({ chain: many(MAX_CHAIN_ENTRIES + 1) })).toMatchObject({ code: 'ERR_ENCODING_TOO_LARGE' })
  })

  test.each([
    ['octets behind the last', base64(...issuers, Buffer.from([0]))],
    ['the last cut short', base64(...issuers).slice(0, -8)],
    [
      'a length that reaches beyond the end (client-certificate-auth #240)',
      Buffer.from('3084ffffffff', 'hex').toString('base64'),
    ],
    ['an element that is no SEQUENCE', Buffer.from('0400', 'hex').toString('base64')],
  ])('is refused with a chain that has %s', (_, chain) => {
    expect(refused({ chain })).toMatchObject({ kind: 'refused', code: 'ERR_HEADERS_SYNTAX' })
  })

  test('is remembered by the chain, too, with the signature of the end entity at the end', () => {
    const textOf = (headers: Headers) => unwrap(format.read(linesWith(headers))).certificate?.text
    expect(textOf({})).not.toBe(textOf({ chain: '' }))
    expect(textOf({ chain: 'AAAA', der: 'BBBB' })).not.toBe(textOf({ chain: 'AAAAB', der: 'BBB' }))
    expect(textOf({})?.endsWith(end)).toBe(true)
  })
})

describe('the verdict of HAProxy', () => {
  test('is success for 0, and 0 alone, where a certificate was used (ssl_c_verify, ssl_c_used)', () => {
    expect(verdictOf({})).toEqual({ said: 'success' })
  })

  test('is nobody for 0 where none was used: 0 is what HAProxy writes then, too (measured)', () => {
    expect(verdictOf({ der: '', chain: '', used: '0' })).toEqual({ said: 'none' })
    expect(outcomeOf(format, linesWith({ der: '', chain: '', used: '0' }))).toEqual({ kind: 'none' })
    expect(outcomeOf(format, linesWith({ der: '', chain: '', used: '0' }), 'must-succeed')).toEqual({ kind: 'none' })
  })

  test('is nobody where all is empty, as on a bind without TLS', () => {
    expect(outcomeOf(format, linesWith({ der: '', chain: '', used: '', verify: '' }))).toEqual({ kind: 'none' })
  })

  test('contradicts an empty certificate that was used: it did not fit the buffer (measured: 200, verify 0)', () => {
    expect(refused({ der: '' })).toMatchObject({
      code: 'ERR_EVIDENCE_CONTRADICTION',
      proxyHint: format.missingCertificateHint,
    })
    expect(format.missingCertificateHint).toContain('tune.bufsize')
  })

  test('contradicts a certificate of which it says that none was used', () => {
    expect(refused({ used: '0' })).toMatchObject({ code: 'ERR_EVIDENCE_CONTRADICTION' })
    expect(refused({ used: '', verify: '' })).toMatchObject({ code: 'ERR_EVIDENCE_CONTRADICTION' })
  })

  test('must be there with a certificate: a line that was forgotten is not success', () => {
    expect(refused({ used: undefined, verify: undefined })).toMatchObject({ code: 'ERR_EVIDENCE_CONTRADICTION' })
    expect(refused({ used: undefined })).toMatchObject({ code: 'ERR_HEADERS_VERDICT' })
    expect(refused({ verify: undefined })).toMatchObject({ code: 'ERR_HEADERS_VERDICT' })
    const failure = failureOf(
      unwrap(format.read(linesWith({ used: undefined }))).verdict ?? { ok: true, value: undefined },
    )
    expect(failure).toMatchObject({ proxy: 'haproxy', header: NAMES.used })
  })

  test.each([2, 9, 10, 18, 19, 20, 21, 22, 25, 26, 27, 79])(
    'is a failure that our own path validation judges again: X509_V_ERR %d',
    (number) => {
      expect(verdictOf({ verify: String(number) })).toEqual({ said: 'failed', reason: 'path' })
      expect(outcomeOf(format, linesWith({ verify: String(number) }))).toMatchObject({ kind: 'certificates' })
      expect(outcomeOf(format, linesWith({ verify: String(number) }), 'must-succeed')).toMatchObject({
        code: 'ERR_EVIDENCE_VERDICT',
      })
    },
  )

  // Revocation and CRLs, signatures, and numbers that mean something else in another version, or nothing.
  test.each([1, 3, 7, 8, 11, 12, 23, 24, 28, 33, 50, 73, 95, 999])(
    'is a failure that is not ours to overrule: X509_V_ERR %d',
    (number) => {
      expect(verdictOf({ verify: String(number) })).toEqual({ said: 'failed', reason: 'unseen' })
      expect(refused({ verify: String(number) })).toMatchObject({ code: 'ERR_EVIDENCE_VERDICT' })
    },
  )

  test.each(['', '00', '-1', '1.0', '0x0', ' 0', '1000', 'ok', 'X509_V_OK', 'SUCCESS', '0-SPOOF', '0, 0'])(
    'is refused when HAProxy writes no such number: %j',
    (verify) => {
      expect(refused({ verify })).toMatchObject({ code: 'ERR_HEADERS_VERDICT' })
    },
  )

  test.each(['2', 'true', '01', ' 1', '1, 1'])('is refused when HAProxy writes no such thing for used: %j', (used) => {
    expect(refused({ used })).toMatchObject({ code: 'ERR_HEADERS_VERDICT' })
  })

  test('is refused where it fails nobody', () => {
    expect(refused({ der: '', used: '0', verify: '10' })).toMatchObject({ code: 'ERR_HEADERS_VERDICT' })
  })
})

describe('what HAProxy would write', () => {
  test('has the chain, the number of the failure, and 1 for a certificate that was used', () => {
    expect(format.encode(forwarded(leaf, { failedFor: 'certificate has expired' }))).toEqual({
      [NAMES.der]: end,
      [NAMES.chain]: base64(...issuers),
      [NAMES.verify]: '10',
      [NAMES.used]: '1',
    })
  })

  test('has four values for nobody, of which two are empty', () => {
    expect(format.encode(null)).toEqual({
      [NAMES.der]: '',
      [NAMES.chain]: '',
      [NAMES.verify]: '0',
      [NAMES.used]: '0',
    })
  })

  test('is never success for a client that failed, whatever for', () => {
    fc.assert(
      fc.property(fc.oneof(fc.constantFrom('certificate revoked', 'ok', ''), fc.string()), (failedFor) => {
        const { verdict } = unwrap(format.read(linesOf(format.encode(forwarded(leaf, { failedFor })))))
        expect(verdict && unwrap(verdict).said).toBe('failed')
      }),
    )
  })

  test('is decoded to the octets that were encoded', () => {
    const der = fc.uint8Array({ maxLength: 100 }).map((octets) => Buffer.from([0x30, octets.length, ...octets]))
    fc.assert(
      fc.property(der, fc.array(der, { maxLength: 4 }), (first, rest) => {
        const lines = linesOf(format.encode(forwarded(leaf, { certificates: [first, ...rest] })))
        expect(outcomeOf(format, lines)).toEqual({
          kind: 'certificates',
          base64: [first, ...rest].map((each) => base64(each)),
        })
      }),
    )
  })
})

test('whatever stands in the headers of HAProxy, the reader does not throw, and believes what HAProxy writes alone', () => {
  const value = fc.option(
    fc.oneof(
      fc.constantFrom('', '0', '1', '10', '23', end, base64(...issuers)),
      fc.string({ unit: 'binary', maxLength: 8 }),
    ),
    { nil: undefined },
  )
  fc.assert(
    fc.property(value, value, value, value, (der, chain, verify, used) => {
      const outcome = outcomeOf(format, linesWith({ der, chain, verify, used }))
      if (outcome.kind === 'certificates') {
        expect(used).toBe('1')
        expect(outcome.base64[0]).toBe(der)
      }
      if (outcome.kind === 'none') expect(der ?? '').toBe('')
    }),
    { numRuns: 500 },
  )
})
