import { createHash } from 'node:crypto'
import { createAuthority } from '@clientcert/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_CERTIFICATE_CHARACTERS } from '../../src/headers/header-format.ts'
import { createFormat } from '../../src/headers/registry.ts'
import { unwrap } from '../encoding/unwrap.ts'
import { forwarded, linesOf } from './forwarded.ts'
import { outcomeOf } from './outcome.ts'

const PEM = 'cloudfront-viewer-cert-pem'
const PRESENT = 'cloudfront-viewer-cert-present'
const SHA256 = 'cloudfront-viewer-cert-sha256'
const root = createAuthority()
const leaf = root.issue('alice')
const other = root.issue('mallory')
const format = createFormat('cloudfront')
const outcome = (headers: Readonly<Record<string, string>>) => outcomeOf(format, linesOf(headers))

const pem = leaf.certificate.pem.replaceAll(' ', '%20').replaceAll('\n', '%0A')
const fingerprint = createHash('sha256').update(leaf.certificate.der).digest('hex')
const own = { kind: 'certificates', base64: [Buffer.from(leaf.certificate.der).toString('base64')] }

describe('the headers of CloudFront', () => {
  test('hold the end entity as URL-encoded PEM, that it is there, and its fingerprint', () => {
    expect(outcome({ [PEM]: pem, [PRESENT]: '1', [SHA256]: fingerprint })).toEqual(own)
    expect(outcome({ [PEM]: encodeURIComponent(leaf.certificate.pem), [PRESENT]: '1' })).toEqual(own)
  })

  test('may be those that the origin request policy names: the PEM suffices', () => {
    expect(outcome({ [PEM]: pem })).toEqual(own)
  })

  test('refuse a fingerprint that is of another certificate (CVE-2026-35616)', () => {
    const wrong = createHash('sha256').update(other.certificate.der).digest('hex')
    for (const value of [wrong, fingerprint.slice(1), '0', `${fingerprint}, ${fingerprint}`]) {
      expect(outcome({ [PEM]: pem, [PRESENT]: '1', [SHA256]: value })).toMatchObject({ code: 'ERR_HEADERS_MISMATCH' })
    }
    expect(outcome({ [PEM]: pem, [SHA256]: fingerprint.toUpperCase() })).toEqual(own)
  })

  test('say nobody with 0', () => {
    expect(outcome({ [PRESENT]: '0' })).toEqual({ kind: 'none' })
    expect(outcome({ [PRESENT]: '0', [PEM]: '' })).toEqual({ kind: 'none' })
    expect(format.encode(null)).toEqual({ [PRESENT]: '0' })
  })

  test('contradict each other with a certificate and 0, or 1 and none', () => {
    expect(outcome({ [PRESENT]: '0', [PEM]: pem })).toMatchObject({ code: 'ERR_HEADERS_CERTIFICATE_COUNT' })
    expect(outcome({ [PRESENT]: '1' })).toMatchObject({ code: 'ERR_HEADERS_CERTIFICATE_COUNT' })
  })

  test.each(['', 'true', '01', '1, 1', 'yes'])(
    'are refused with another word for whether it is there: %j',
    (present) => {
      expect(outcome({ [PRESENT]: present, [PEM]: pem })).toMatchObject({ code: 'ERR_HEADERS_VERDICT' })
    },
  )

  test('state no verdict: 1 is said of a certificate that nobody validated, too (Passthrough)', () => {
    expect(format.verdictHeader).toBeNull()
  })

  test('are refused with a second certificate, and past the limit', () => {
    expect(outcome({ [PEM]: pem + pem })).toMatchObject({ code: 'ERR_HEADERS_CERTIFICATE_COUNT' })
    expect(outcome({ [PEM]: pem.padEnd(MAX_CERTIFICATE_CHARACTERS, ' ') })).toEqual(own)
    expect(outcome({ [PEM]: pem.padEnd(MAX_CERTIFICATE_CHARACTERS + 1, ' ') })).toMatchObject({
      code: 'ERR_ENCODING_TOO_LARGE',
    })
  })

  test('are remembered with the fingerprint, on which the outcome depends', () => {
    const textOf = (headers: Readonly<Record<string, string>>) =>
      unwrap(format.read(linesOf(headers))).certificate?.text
    expect(textOf({ [PEM]: pem, [SHA256]: '00' })).not.toBe(textOf({ [PEM]: pem, [SHA256]: fingerprint }))
    expect(textOf({ [PEM]: pem, [SHA256]: fingerprint })?.endsWith(pem)).toBe(true)
  })

  test('are written with the serial number in pairs', () => {
    expect(format.encode(forwarded(leaf, { serialNumber: '4A3F5C92' }))).toMatchObject({
      [PEM]: pem,
      [PRESENT]: '1',
      [SHA256]: fingerprint,
      'cloudfront-viewer-cert-serial-number': '4a:3f:5c:92',
    })
  })

  test('never make the reader throw, and are the certificate or a refusal', () => {
    const value = fc.oneof(fc.constantFrom(pem, fingerprint, '0', '1', ''), fc.string({ unit: 'binary', maxLength: 6 }))
    fc.assert(
      fc.property(value, value, value, (certificate, present, sha256) => {
        const read = outcome({ [PEM]: certificate, [PRESENT]: present, [SHA256]: sha256 })
        if (read.kind === 'certificates') expect(read).toEqual(own)
        if (read.kind === 'none') expect(certificate).toBe('')
      }),
      { numRuns: 500 },
    )
  })
})
