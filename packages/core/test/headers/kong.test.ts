import { createHash } from 'node:crypto'
import { createAuthority } from '@clientcert/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodePercent } from '../../src/encoding/percent.ts'
import { MAX_CERTIFICATE_CHARACTERS } from '../../src/headers/header-format.ts'
import { createFormat } from '../../src/headers/registry.ts'
import { unwrap } from '../encoding/unwrap.ts'
import { certificatesIn, forwarded, linesOf, outcomeIn, refusalIn } from './forwarded.ts'

const leaf = createAuthority().issue('alice')
const { der, pem } = leaf.certificate
const encoded = encodePercent(pem)
const base64 = Buffer.from(der).toString('base64')

const format = createFormat('kong')
const lines = (text: string) => linesOf({ 'x-client-cert': text })

describe('X-Client-Cert of Kong', () => {
  test.each([
    ['URL-encoded PEM (`url_encoded`)', encoded],
    ['the same with escapes in lower case', encoded.replaceAll(/%../g, (triple) => triple.toLowerCase())],
    ['the same with its hyphens escaped', encoded.replaceAll('-', '%2D')],
    ['base64 without markers (`base64_encoded`)', base64],
  ])('is read as %s', (_, text) => {
    const decoded = certificatesIn(format, lines(text))
    expect(decoded).toHaveLength(1)
    expect(Buffer.compare(decoded[0] ?? new Uint8Array(), der)).toBe(0)
  })

  test.each([
    ['two certificates', encoded + encoded, 'ERR_HEADERS_CERTIFICATE_COUNT'],
    ['base64 that is URL-encoded', encodeURIComponent(base64), 'ERR_ENCODING_BASE64'],
    ['base64 with line breaks', base64.replace(/.{64}/g, '$& '), 'ERR_ENCODING_BASE64'],
    ['two in base64', `${base64},${base64}`, 'ERR_ENCODING_BASE64'],
    ['base64 of PEM in place of DER, behind a hyphen', `-${base64}`, 'ERR_ENCODING_PEM'],
    ['text before PEM', `x${encoded}`, 'ERR_ENCODING_BASE64'],
    ['text behind PEM', `${encoded}x`, 'ERR_ENCODING_PEM'],
    ['a lone percent sign', `${encoded}%`, 'ERR_ENCODING_PERCENT'],
    ['a word', 'SPOOF', 'ERR_ENCODING_BASE64'],
  ])('is refused with %s', (_, text, code) => {
    expect(refusalIn(format, lines(text)).code).toBe(code)
  })

  test('is none where it is absent or empty, whatever stands beside it', () => {
    for (const none of [
      new Map(),
      lines(''),
      linesOf({ 'x-client-cert-subject-dn': 'CN=admin', 'x-client-cert-dn': 'x' }),
    ]) {
      expect(unwrap(format.read(none))).toEqual({ certificate: null, verdict: null })
    }
  })

  test('is looked at up to the limit and not past it', () => {
    const padded = (length: number) => lines(encoded + ' '.repeat(length - encoded.length))
    expect(outcomeIn(format, padded(MAX_CERTIFICATE_CHARACTERS))).toBe(1)
    expect(format.read(padded(MAX_CERTIFICATE_CHARACTERS + 1)).ok).toBe(false)
  })

  test('stands beside six that are removed and never read', () => {
    expect(format.assertedHeaders).toEqual([
      'x-client-cert',
      'x-client-cert-serial',
      'x-client-cert-issuer-dn',
      'x-client-cert-subject-dn',
      'x-client-cert-fingerprint',
      'x-client-cert-dn',
      'x-client-cert-san',
    ])
  })

  test('is written as the plugin TLS Metadata Headers writes it, and not at all for nobody', () => {
    const { serialNumber, issuer, subject, ...rest } = forwarded(leaf)
    expect(format.encode({ serialNumber, issuer, subject, ...rest })).toEqual({
      'x-client-cert': encoded,
      'x-client-cert-serial': serialNumber,
      'x-client-cert-issuer-dn': issuer,
      'x-client-cert-subject-dn': subject,
      'x-client-cert-fingerprint': createHash('sha1').update(der).digest('hex'),
    })
    expect(format.encode(null)).toEqual({})
  })

  test('never throws, whatever stands in it', () => {
    const piece = fc.oneof(
      fc.constantFrom(encoded, base64, '-', '%', '%2D', '-----BEGIN%20CERTIFICATE-----', '=', ' '),
      fc.string({ unit: 'binary', maxLength: 3 }),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
        expect(String(outcomeIn(format, lines(pieces.join(''))))).toMatch(/^([01]|ERR_(ENCODING|HEADERS)_\w+)$/)
      }),
      { numRuns: 2_000 },
    )
  })
})
