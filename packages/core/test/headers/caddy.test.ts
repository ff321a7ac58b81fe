import { createAuthority } from '@clientcert/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_CERTIFICATE_CHARACTERS } from '../../src/headers/header-format.ts'
import { createFormat } from '../../src/headers/registry.ts'
import { forwarded, linesOf } from './forwarded.ts'
import { outcomeOf } from './outcome.ts'

const HEADER = 'x-client-cert-der'
const PLACEHOLDER = '{http.request.tls.client.certificate_der_base64}'
const leaf = createAuthority().issue()
const end = Buffer.from(leaf.certificate.der).toString('base64')
const format = createFormat('caddy')
const outcome = (value: string) => outcomeOf(format, linesOf({ [HEADER]: value }))

describe('the certificate of Caddy', () => {
  test('is base64 of its DER (certificate_der_base64)', () => {
    expect(outcome(end)).toEqual({ kind: 'certificates', base64: [end] })
  })

  test('is nobody for the placeholder, which is what Caddy sends then (measured)', () => {
    expect(outcome(PLACEHOLDER)).toEqual({ kind: 'none' })
  })

  test("is nobody for the empty certificate, whose fingerprint e3b0c442... is nobody's identity", () => {
    expect(outcome('')).toEqual({ kind: 'none' })
  })

  test.each([
    ['the placeholder of something else', '{http.request.tls.client.certificate_pem}', 'ERR_ENCODING_BASE64'],
    ['the placeholder between colons', `:${PLACEHOLDER}:`, 'ERR_ENCODING_BASE64'],
    ['the placeholder in other case', PLACEHOLDER.toUpperCase(), 'ERR_ENCODING_BASE64'],
    ['a certificate behind the placeholder', PLACEHOLDER + end, 'ERR_ENCODING_BASE64'],
    ['a second one joined to it', `${end}, ${end}`, 'ERR_ENCODING_BASE64'],
    ['padding that is too long', `${end}=`, 'ERR_ENCODING_BASE64'],
    ['PEM without a certificate', '-----BEGIN CERTIFICATE----- -----END CERTIFICATE-----', 'ERR_ENCODING_BASE64'],
    ['a word', 'SPOOF-j', 'ERR_ENCODING_BASE64'],
    ['more than is looked at', 'A'.repeat(MAX_CERTIFICATE_CHARACTERS + 4), 'ERR_ENCODING_TOO_LARGE'],
  ])('is refused with %s', (_, value, code) => {
    expect(outcome(value)).toMatchObject({ kind: 'refused', code })
  })

  test('is looked at up to the limit', () => {
    expect(outcome('A'.repeat(MAX_CERTIFICATE_CHARACTERS))).toMatchObject({ kind: 'certificates' })
  })

  test('is refused twice, as header_up +X leaves it (measured)', () => {
    expect(outcomeOf(format, new Map([[HEADER, ['SPOOF-j', end]]]))).toMatchObject({
      code: 'ERR_EVIDENCE_DUPLICATE_HEADER',
    })
  })

  test('comes without a verdict: the modes request and require verify nothing', () => {
    expect(format.verdictHeader).toBeNull()
  })
})

test('Caddy would write the placeholder for nobody', () => {
  expect(format.encode(null)).toEqual({ [HEADER]: PLACEHOLDER })
  expect(format.encode(forwarded(leaf))).toEqual({ [HEADER]: end })
})

test('what Caddy would write is decoded to the octets that were encoded', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), (octets) => {
      const lines = linesOf(format.encode(forwarded(leaf, { certificates: [octets] })))
      expect(outcomeOf(format, lines)).toEqual({
        kind: 'certificates',
        base64: [Buffer.from(octets).toString('base64')],
      })
    }),
  )
})

test('whatever stands in the header of Caddy, the reader does not throw, and reads one text for one certificate', () => {
  const piece = fc.oneof(fc.constantFrom(end, PLACEHOLDER, '=', ', ', ':'), fc.string({ unit: 'binary', maxLength: 6 }))
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 4 }), (pieces) => {
      const value = pieces.join('')
      const read = outcome(value)
      if (read.kind === 'certificates') expect(read.base64).toEqual([value])
      if (read.kind === 'none') expect(['', PLACEHOLDER]).toContain(value)
    }),
    { numRuns: 500 },
  )
})
