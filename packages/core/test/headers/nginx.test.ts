import { createHash } from 'node:crypto'
import { createAuthority } from '@clientcert/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_CERTIFICATE_BYTES } from '../../src/encoding/certificate-der.ts'
import { encodePercent } from '../../src/encoding/percent.ts'
import { decodeNginx, encodeNginx, MAX_NGINX_CHARACTERS } from '../../src/headers/nginx.ts'
import { failureOf, unwrap } from '../encoding/unwrap.ts'

const leaf = createAuthority().issue()
const { der, pem } = leaf.certificate
const encoded = encodePercent(pem)

const expectLeaf = (value: string) => expect(Buffer.compare(unwrap(decodeNginx(value)), der)).toBe(0)

describe('the certificate header of nginx', () => {
  test('is the leaf alone, as $ssl_client_escaped_cert has it', () => {
    expectLeaf(encoded)
    expect(encoded).toMatch(/^-----BEGIN%20CERTIFICATE-----%0AMII[A-Za-z0-9%]+%0A-----END%20CERTIFICATE-----%0A$/)
  })

  test.each([
    ['escapes in lower case', encoded.replaceAll(/%../g, (triple) => triple.toLowerCase())],
    ['nothing escaped but newlines', pem.replaceAll('\n', '%0A')],
    ['a plus that was left as it is, which is never a space', encodePercent(pem).replaceAll('%2B', '+')],
    ['lines rewrapped by something on the way', encodePercent(pem.replaceAll('\n', ' '))],
    ['CRLF', encodePercent(pem.replaceAll('\n', '\r\n'))],
    ['no newline at the end', encodePercent(pem.trimEnd())],
  ])('is read with %s', (_, value) => {
    expectLeaf(value)
  })

  test.each([
    ['a raw tab, as $ssl_client_cert has', pem.replaceAll('\n', '\n\t').trimEnd(), 'ERR_ENCODING_PERCENT'],
    ['tabs for newlines', pem.replaceAll('\n', '\t'), 'ERR_ENCODING_PERCENT'],
    ['a lone percent sign', `${encoded}%`, 'ERR_ENCODING_PERCENT'],
    ['an octet above 7F', `${encoded}%E9`, 'ERR_ENCODING_PERCENT'],
    ['a second encoding', encodePercent(encoded), 'ERR_ENCODING_PEM'],
    [
      'a plus that became a space',
      encodePercent(`-----BEGIN CERTIFICATE-----\nAA A\n-----END CERTIFICATE-----\n`),
      'ERR_ENCODING_PEM',
    ],
    ['base64 without markers', encodePercent(Buffer.from(der).toString('base64')), 'ERR_ENCODING_PEM'],
    ['text before the block', `x%0A${encoded}`, 'ERR_ENCODING_PEM'],
    ['text behind the block', `${encoded}x`, 'ERR_ENCODING_PEM'],
    ['a NUL behind the block', `${encoded}%00`, 'ERR_ENCODING_PEM'],
    ['two headers joined by a comma, as Node joins duplicates', `${encoded}, ${encoded}`, 'ERR_ENCODING_PEM'],
    ['two blocks without a newline between', encodePercent(pem.trimEnd() + pem), 'ERR_ENCODING_PEM'],
    ['another label', encoded.replaceAll('CERTIFICATE', 'TRUSTED%20CERTIFICATE'), 'ERR_ENCODING_PEM'],
    ['nothing', '', 'ERR_ENCODING_PEM'],
    ['a word', 'SPOOF-a', 'ERR_ENCODING_PEM'],
  ])('is refused with %s', (_, value, code) => {
    expect(failureOf(decodeNginx(value))).toMatchObject({ code, fault: 'proxy', certificate: null })
  })

  test.each([2, 3, 17])(
    'is refused with %d certificates: nginx sends one, so something else wrote the header',
    (present) => {
      expect(failureOf(decodeNginx(encodePercent(pem.repeat(present))))).toMatchObject({
        code: 'ERR_HEADERS_CERTIFICATE_COUNT',
        fault: 'proxy',
        proxy: 'nginx',
        present,
        expected: 1,
      })
    },
  )

  test('is decoded up to the limit and refused past it, before anything else is looked at', () => {
    const padded = (length: number) =>
      encoded + '%0A'.repeat(Math.floor((length - encoded.length) / 3)) + ' '.repeat((length - encoded.length) % 3)
    expect(padded(MAX_NGINX_CHARACTERS)).toHaveLength(MAX_NGINX_CHARACTERS)
    expectLeaf(padded(MAX_NGINX_CHARACTERS))
    expect(failureOf(decodeNginx(padded(MAX_NGINX_CHARACTERS + 1)))).toMatchObject({
      code: 'ERR_ENCODING_TOO_LARGE',
      limit: MAX_NGINX_CHARACTERS,
      present: MAX_NGINX_CHARACTERS + 1,
      unit: 'characters',
    })
    expect(failureOf(decodeNginx('%'.repeat(MAX_NGINX_CHARACTERS + 1))).code).toBe('ERR_ENCODING_TOO_LARGE')
  })

  test('has room for the largest certificate that is looked at', () => {
    const largest = createHash('shake256', { outputLength: MAX_CERTIFICATE_BYTES }).update('certificate').digest()
    expect(Buffer.compare(unwrap(decodeNginx(encodeNginx(largest))), largest)).toBe(0)
  })

  test('is decoded to the bytes that were encoded, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 600 }), (bytes) => {
        expect(Buffer.compare(unwrap(decodeNginx(encodeNginx(bytes))), bytes)).toBe(0)
      }),
    )
  })

  test('never makes the decoder throw', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        encoded,
        '-----BEGIN%20CERTIFICATE-----',
        '-----END%20CERTIFICATE-----',
        '%0A',
        '%',
        '%2',
        '+',
        ', ',
        'Zg%3D%3D',
      ),
      fc.string({ unit: 'binary', maxLength: 4 }),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const value = pieces.join('')
        const decoded = decodeNginx(value)
        // What is accepted is what nginx would have written, but for the spelling of escapes and white space.
        if (decoded.ok) expectSameText(value, encodeNginx(decoded.value))
      }),
      { numRuns: 2_000 },
    )
  })

  test.each(['%', '%4', '%2D', '%0A', '-----', '-----BEGIN%20CERTIFICATE-----', '%20', ' ', '+', '\u00e9', ', '])(
    'is refused at its full length of %j without more work than characters',
    (piece) => {
      const value = piece.repeat(Math.floor(MAX_NGINX_CHARACTERS / piece.length))
      // Thirty times, so that quadratic work would not end within the time a test is given.
      for (let time = 0; time < 30; time++) expect(decodeNginx(value).ok).toBe(false)
    },
  )

  test('never repeats its text in the failure', () => {
    const body = encoded.slice(40, 60)
    for (const value of [`${encoded}%`, `${encoded}x`, encoded + encoded, 'x'.repeat(MAX_NGINX_CHARACTERS + 1)]) {
      expect(JSON.stringify(failureOf(decodeNginx(value)))).not.toContain(body)
    }
  })
})

function expectSameText(value: string, canonical: string): void {
  const words = (text: string) => decodeURIComponent(text).replaceAll(/\s/g, '')
  expect(words(value)).toBe(words(canonical))
}
