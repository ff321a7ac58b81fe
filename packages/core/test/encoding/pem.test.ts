import { createAuthority, pemOf } from '@clientcert/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodePem, encodePem, type PemLimits } from '../../src/encoding/pem.ts'
import { failureOf, unwrap } from './unwrap.ts'

const root = createAuthority()
const [one, two] = [root.certificate, root.issue().certificate]
const bodyOf = (pem: string) => pem.split('\n').slice(1, -2).join('\n')

const HEADER: PemLimits = { maxBlocks: 3, explanatoryText: 'refuse' }
const FILE: PemLimits = { maxBlocks: 3, explanatoryText: 'allow' }

/** Decodes and compares: a decoder that lost or changed one would not be seen by its length. */
function expectCertificates(text: string, limits: PemLimits, ...expected: readonly { der: Uint8Array }[]): void {
  const decoded = unwrap(decodePem(text, limits))
  expect(decoded.map((der) => Buffer.from(der).toString('hex'))).toEqual(
    expected.map(({ der }) => Buffer.from(der).toString('hex')),
  )
}

describe('PEM', () => {
  test.each([
    ['one block', one.pem, [one]],
    ['two blocks, in their order', one.pem + two.pem, [one, two]],
    ['no newline at the end', one.pem.trimEnd(), [one]],
    ['CRLF', (one.pem + two.pem).replaceAll('\n', '\r\n'), [one, two]],
    ['blank lines around the blocks', `\n\n${one.pem}\r\n \t\n${two.pem}\n\n`, [one, two]],
    ['newlines turned into spaces, as Apache does', one.pem.replaceAll('\n', ' '), [one]],
    ['two blocks so, on one line', (one.pem + two.pem).replaceAll('\n', ' '), [one, two]],
    [
      'base64 without a line break',
      `-----BEGIN CERTIFICATE-----\n${bodyOf(one.pem).replaceAll('\n', '')}\n-----END CERTIFICATE-----`,
      [one],
    ],
    ['base64 in lines of one', one.pem.replaceAll(/(?<=^[A-Za-z0-9+/=]+)(?=[A-Za-z0-9+/=])/gm, '\n'), [one]],
    [
      'no white space but in the markers',
      `-----BEGIN CERTIFICATE-----${bodyOf(one.pem).replaceAll('\n', '')}-----END CERTIFICATE-----`,
      [one],
    ],
  ])('is decoded with %s (RFC 7468 3)', (_, text, expected) => {
    expectCertificates(text, HEADER, ...expected)
    expectCertificates(text, FILE, ...expected)
  })

  test('refuses two files concatenated without a newline, and says so: Node would trust neither', () => {
    const glued = one.pem.trimEnd() + two.pem
    for (const limits of [HEADER, FILE]) {
      expect(failureOf(decodePem(glued, limits))).toMatchObject({
        code: 'ERR_ENCODING_PEM',
        isGlued: true,
        offset: one.pem.length - 1,
        reason: 'block 2 begins on the line on which block 1 ends',
      })
    }
    expect(failureOf(decodePem(`${one.pem.trimEnd()}\t${two.pem}`, FILE))).toMatchObject({ isGlued: true })
    expect(failureOf(decodePem(`${one.pem.trimEnd()}text${two.pem}`, FILE))).toMatchObject({ isGlued: true })
    expectCertificates(`${one.pem.trimEnd()}\n${two.pem}`, FILE, one, two)
  })

  test.each([
    ['TRUSTED CERTIFICATE', 0],
    ['X509 CERTIFICATE', 0],
    ['X509 CRL', 0],
    ['PRIVATE KEY', 0],
    ['PKCS7', 0],
    ['certificate', 0],
  ])('refuses the label %s, alone and behind a certificate (RFC 7468 2)', (label, offset) => {
    const block = pemOf(label, one.der)
    for (const limits of [HEADER, FILE]) {
      const reason = 'a marker that is not BEGIN CERTIFICATE'
      expect(failureOf(decodePem(block, limits))).toMatchObject({ code: 'ERR_ENCODING_PEM', offset, reason })
      expect(failureOf(decodePem(two.pem + block, limits))).toMatchObject({
        offset: two.pem.length,
        reason,
        isGlued: false,
      })
    }
  })

  test.each([
    ['before the first block', `Subject: CN=alice\n${one.pem}`],
    ['between blocks', `${one.pem}# the other\n${two.pem}`],
    ['behind the last block', `${one.pem}that is all\n`],
  ])('allows text in lines of their own in a file, never in a header: %s (RFC 7468 5.2)', (_, text) => {
    expectCertificates(text, FILE, ...(text.includes(two.pem) ? [one, two] : [one]))
    expect(failureOf(decodePem(text, HEADER))).toMatchObject({
      code: 'ERR_ENCODING_PEM',
      reason: 'text outside the blocks',
      isGlued: false,
    })
  })

  test.each([
    ['before a marker', `text ${one.pem}`],
    ['before the second marker', `${one.pem}text ${two.pem}`],
    ['behind a marker', `${one.pem.trimEnd()} text\n${two.pem}`],
    ['behind the last marker', `${one.pem.trimEnd()} text`],
    ['behind a carriage return alone', `${one.pem.trimEnd()}\rtext\n${two.pem}`],
    ['a byte order mark read as Latin-1', `\u00ef\u00bb\u00bf${one.pem}`],
  ])('refuses text on the line of a marker: %s', (_, text) => {
    expect(failureOf(decodePem(text, FILE))).toMatchObject({
      code: 'ERR_ENCODING_PEM',
      reason: 'text on the same line as a BEGIN or END marker',
    })
  })

  test.each([
    ['no block', 'nothing here\n', 'no CERTIFICATE block'],
    ['nothing', '', 'no CERTIFICATE block'],
    ['an END alone', '-----END CERTIFICATE-----\n', 'a marker that is not BEGIN CERTIFICATE'],
    [
      'a block without an end',
      `-----BEGIN CERTIFICATE-----\n${bodyOf(one.pem)}\n`,
      'a block without its END CERTIFICATE',
    ],
    ['an end of another label', one.pem.replace('END CERT', 'END X509 CERT'), 'a block without its END CERTIFICATE'],
    ['a block begun twice', `-----BEGIN CERTIFICATE-----\n${one.pem}`, 'a block without its END CERTIFICATE'],
    ['four dashes', one.pem.replace('-----BEGIN', '----BEGIN'), 'text on the same line as a BEGIN or END marker'],
    ['six dashes at the end', one.pem.replace('-----END', '------END'), 'a block without its END CERTIFICATE'],
    ['six dashes behind the end', `${one.pem.trimEnd()}-`, 'text on the same line as a BEGIN or END marker'],
    [
      'an empty block',
      '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n',
      'base64 of block 1: base64 is broken at character 0: nothing there',
    ],
    [
      'headers of RFC 1421 in the block',
      one.pem.replace('\n', '\nProc-Type: 4,ENCRYPTED\n\n'),
      'base64 of block 1: base64 is broken at character 4: not in the alphabet',
    ],
    [
      'a comment in the block',
      one.pem.replace('\n', '\n# comment\n'),
      'base64 of block 1: base64 is broken at character 0: not in the alphabet',
    ],
    [
      'a form feed in the block',
      one.pem.replace('\n', '\n\f'),
      'base64 of block 1: base64 is broken at character 0: not in the alphabet',
    ],
    ['padding in the middle of the block', one.pem.replace(/\n(.{62})../, '\n$1=='), 'not in the alphabet'],
  ])('refuses %s (RFC 7468 3)', (_, text, reason) => {
    expect(failureOf(decodePem(text, FILE))).toMatchObject({
      code: 'ERR_ENCODING_PEM',
      reason: expect.stringContaining(reason) as string,
      isGlued: false,
    })
  })

  test('names the block whose base64 is broken', () => {
    const broken = two.pem.replace('\n', '\n*')
    expect(failureOf(decodePem(one.pem + broken, FILE))).toMatchObject({
      offset: one.pem.length,
      reason: expect.stringContaining('base64 of block 2') as string,
    })
  })

  test('reads as many blocks as it may and refuses one more, without a look at it', () => {
    expectCertificates(one.pem.repeat(3), FILE, one, one, one)
    expect(failureOf(decodePem(`${one.pem.repeat(3)}-----BEGIN CERTIFICATE-----\n*`, FILE))).toMatchObject({
      code: 'ERR_ENCODING_TOO_LARGE',
      limit: 3,
      present: 4,
      unit: 'blocks',
    })
  })

  test('is encoded as OpenSSL does: lines of 64, a newline at the end', () => {
    expect(encodePem(two.der)).toBe(two.pem)
    expect(encodePem(two.der)).toBe(two.x509.toString())
  })

  test('is encoded from the certificate alone, where its bytes are a part of something larger', () => {
    const larger = Buffer.concat([Buffer.alloc(7, 0xaa), two.der, Buffer.alloc(9, 0xbb)])
    expect(encodePem(larger.subarray(7, 7 + two.der.length))).toBe(two.pem)
  })

  test('decodes what was encoded, however it is wrapped', () => {
    const space = fc.constantFrom('\n', '\r\n', ' ', '\n\n', '\t\n')
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), space, (bytes, newline) => {
        expectCertificates(encodePem(bytes).replaceAll('\n', newline), HEADER, { der: bytes })
      }),
    )
  })

  test('never throws, and never gives more than it may', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '-----BEGIN CERTIFICATE-----',
        '-----END CERTIFICATE-----',
        '-----',
        '\n',
        ' ',
        'Zg==',
        'MIIB',
        one.pem,
      ),
      fc.string({ unit: 'binary', maxLength: 4 }),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 16 }), fc.constantFrom(HEADER, FILE), (pieces, limits) => {
        const decoded = decodePem(pieces.join(''), limits)
        if (decoded.ok) expect(decoded.value.length).toBeLessThanOrEqual(limits.maxBlocks)
      }),
      { numRuns: 2_000 },
    )
  })

  // Quadratic work on these would not end within the time a test is given.
  test.each([
    '-',
    '-----',
    '-----BEGIN CERTIFICATE-----',
    '-----BEGIN CERTIFICATE-----\n',
    '\n',
    ' ',
    '\n ',
    '\t\n',
    'text\n',
    '-----BEGIN CERTIFICATE-----\nZg==\n-----END CERTIFICATE-----\n',
    '-----BEGIN CERTIFICATE-----\nZg==\n-----END CERTIFICATE----- ',
  ])('stays linear on half a million repetitions of %j', (piece) => {
    const text = piece.repeat(500_000)
    expect(decodePem(`${text}!`, { maxBlocks: 500_000, explanatoryText: 'allow' }).ok).toBe(
      piece.endsWith('END CERTIFICATE-----\n'),
    )
    expect(decodePem(`-----BEGIN CERTIFICATE-----${text}`, FILE).ok).toBe(false)
  })
})
