import { createHash } from 'node:crypto'
import { createAuthority } from '@clientcert/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_CERTIFICATE_CHARACTERS } from '../../src/headers/header-format.ts'
import { createFormat } from '../../src/headers/registry.ts'
import { unwrap } from '../encoding/unwrap.ts'
import { forwarded, linesOf } from './forwarded.ts'
import { outcomeOf } from './outcome.ts'

const root = createAuthority('Root CA')
const intermediate = root.intermediate('Intermediate CA')
const leaf = intermediate.issue('alice')
const base64 = (der: Uint8Array) => Buffer.from(der).toString('base64')
const [end, issuer] = [base64(leaf.certificate.der), base64(intermediate.certificate.der)]
const fingerprint = createHash('sha256').update(leaf.certificate.der).digest('hex')

/** The three of the managed transform that are a verdict. */
const transform = (presented: string, verified: string, revoked: string) => ({
  'cf-cert-presented': presented,
  'cf-cert-verified': verified,
  'cf-cert-revoked': revoked,
})
const GOOD = transform('true', 'true', 'false')

const FORMATS = [
  ['cloudflare', { 'cf-client-cert-der-base64': end }],
  ['cloudflare-rfc9440', { 'client-cert': `:${end}:` }],
] as const

describe.each(FORMATS)('the verdict of the managed transform behind %s', (name, certificate) => {
  const format = createFormat(name)
  const outcome = (headers: Readonly<Record<string, string>>, rule?: 'must-succeed') =>
    outcomeOf(format, linesOf(headers), rule)
  const verdictOf = (headers: Readonly<Record<string, string>>) => {
    const { verdict } = unwrap(format.read(linesOf(headers)))
    return verdict && unwrap(verdict)
  }
  const own = { kind: 'certificates', base64: [end] }

  test('is success for a certificate that is verified and not revoked', () => {
    expect(verdictOf(GOOD)).toEqual({ said: 'success' })
    expect(outcome({ ...certificate, ...GOOD }, 'must-succeed')).toEqual(own)
  })

  test('is no success for a revoked one, of which verified is true as well (cf.tls_client_auth.cert_verified)', () => {
    const revoked = transform('true', 'true', 'true')
    expect(verdictOf(revoked)).toEqual({ said: 'failed', reason: 'unseen' })
    expect(outcome({ ...certificate, ...revoked })).toMatchObject({ code: 'ERR_EVIDENCE_VERDICT' })
  })

  test('is judged again here where Cloudflare does not hold the authority', () => {
    const unverified = transform('true', 'false', 'false')
    expect(outcome({ ...certificate, ...unverified })).toEqual(own)
    expect(outcome({ ...certificate, ...unverified }, 'must-succeed')).toMatchObject({ code: 'ERR_EVIDENCE_VERDICT' })
  })

  test('is nobody where none was presented', () => {
    const nobody = transform('false', 'false', 'false')
    expect(outcome(nobody)).toEqual({ kind: 'none' })
    expect(outcome({ ...certificate, ...nobody })).toMatchObject({ code: 'ERR_EVIDENCE_CONTRADICTION' })
    expect(outcome(transform('false', 'true', 'false'))).toMatchObject({ code: 'ERR_HEADERS_VERDICT' })
    expect(outcome(transform('false', 'false', 'true'))).toMatchObject({ code: 'ERR_HEADERS_VERDICT' })
  })

  test('contradicts a certificate that was not forwarded, and names the fix', () => {
    expect(outcome(GOOD)).toMatchObject({
      code: 'ERR_EVIDENCE_CONTRADICTION',
      proxyHint: format.missingCertificateHint,
    })
  })

  test('may be missing whole, unless it must succeed, and not in part', () => {
    expect(outcome(certificate)).toEqual(own)
    expect(outcome(certificate, 'must-succeed')).toMatchObject({ code: 'ERR_EVIDENCE_VERDICT' })
    for (const header of Object.keys(GOOD)) {
      const rest = Object.fromEntries(Object.entries(GOOD).filter(([other]) => other !== header))
      expect(outcome({ ...certificate, ...rest })).toMatchObject({ code: 'ERR_HEADERS_VERDICT' })
    }
  })

  test.each(['', '1', '0', 'TRUE', 'true, true', 'SUCCESS'])('is refused when it is no such word: %j', (word) => {
    for (const header of Object.keys(GOOD)) {
      expect(outcome({ ...certificate, ...GOOD, [header]: word })).toMatchObject({ code: 'ERR_HEADERS_VERDICT' })
    }
  })

  test('has all headers of the transform removed with it', () => {
    expect(format.assertedHeaders.filter((header) => header.startsWith('cf-cert-'))).toHaveLength(17)
  })

  test('never makes the reader throw, and a revoked client is never read', () => {
    const value = fc.oneof(fc.constantFrom('true', 'false', end), fc.string({ unit: 'binary', maxLength: 4 }))
    fc.assert(
      fc.property(value, value, value, value, (presented, verified, revoked, text) => {
        const headers = { [format.certificateHeader]: text, ...transform(presented, verified, revoked) }
        const read = outcome(headers)
        if (read.kind === 'certificates') expect([presented, revoked]).toEqual(['true', 'false'])
        if (read.kind === 'none') expect(presented).toBe('false')
      }),
      { numRuns: 500 },
    )
  })
})

describe('the certificate of Cloudflare in its own headers', () => {
  const format = createFormat('cloudflare')
  const outcome = (text: string, sha256?: string) =>
    outcomeOf(
      format,
      linesOf({
        'cf-client-cert-der-base64': text,
        ...(sha256 === undefined ? {} : { 'cf-client-cert-sha256': sha256 }),
      }),
    )

  test('is base64 of DER, and fits its fingerprint', () => {
    expect(outcome(end, fingerprint)).toEqual({ kind: 'certificates', base64: [end] })
    expect(outcome(issuer, fingerprint)).toMatchObject({ code: 'ERR_HEADERS_MISMATCH' })
    expect(outcome(end, 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')).toMatchObject({
      code: 'ERR_HEADERS_MISMATCH',
    })
  })

  test('is nobody on the later requests of a connection, on which Cloudflare does not send it', () => {
    expect(outcomeOf(format, new Map())).toEqual({ kind: 'none' })
    expect(outcome('', '')).toEqual({ kind: 'none' })
  })

  test.each([
    ['a second one joined to it', `${end}, ${end}`, 'ERR_ENCODING_BASE64'],
    ['colons around it', `:${end}:`, 'ERR_ENCODING_BASE64'],
    ['more than is looked at', 'A'.repeat(MAX_CERTIFICATE_CHARACTERS + 4), 'ERR_ENCODING_TOO_LARGE'],
  ])('is refused with %s', (_, text, code) => {
    expect(outcome(text)).toMatchObject({ code })
  })

  test('is looked at up to the limit', () => {
    expect(outcome('A'.repeat(MAX_CERTIFICATE_CHARACTERS))).toMatchObject({ kind: 'certificates' })
  })

  test('is remembered with the fingerprint, on which the outcome depends', () => {
    const textOf = (sha256: string) =>
      unwrap(format.read(linesOf({ 'cf-client-cert-der-base64': end, 'cf-client-cert-sha256': sha256 }))).certificate
        ?.text
    expect(textOf(fingerprint)).not.toBe(textOf('00'))
    expect(textOf(fingerprint)?.endsWith(end)).toBe(true)
  })

  test('is decoded to what was encoded', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), (der) => {
        const client = forwarded(leaf, {
          certificates: [der],
          fingerprint: createHash('sha256').update(der).digest('hex'),
        })
        expect(outcomeOf(format, linesOf(format.encode(client)))).toMatchObject({ base64: [base64(der)] })
      }),
    )
  })
})

describe('the certificate of Cloudflare by RFC 9440', () => {
  const format = createFormat('cloudflare-rfc9440')
  const outcome = (headers: Readonly<Record<string, string>>) => outcomeOf(format, linesOf(headers))

  test('is a Byte Sequence, with a chain that may come in several lines', () => {
    const lines = new Map([
      ['client-cert', [`:${end}:`]],
      ['client-cert-chain', [`:${issuer}:`, `:${base64(root.certificate.der)}:`]],
    ])
    expect(outcomeOf(format, lines)).toMatchObject({ base64: [end, issuer, base64(root.certificate.der)] })
  })

  test('is nobody where both are empty', () => {
    expect(outcome({ 'client-cert': '', 'client-cert-chain': '' })).toEqual({ kind: 'none' })
  })

  test.each([
    ['bare base64', end],
    ['a list', `:${end}:, :${end}:`],
  ])('is refused with %s (RFC 9440 2.2)', (_, text) => {
    expect(outcome({ 'client-cert': text })).toMatchObject({ code: 'ERR_HEADERS_SYNTAX' })
  })

  test('is written with the chain and the verdict', () => {
    expect(format.encode(forwarded(leaf, { failedFor: 'self-signed certificate' }))).toEqual({
      'client-cert': `:${end}:`,
      'client-cert-chain': `:${issuer}:`,
      ...transform('true', 'false', 'false'),
    })
    expect(format.encode(null)).toEqual(transform('false', 'false', 'false'))
  })
})
