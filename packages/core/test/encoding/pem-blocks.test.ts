import { createAuthority, encodeCrlEntries, mintCrl, pemOf } from '@clientcert/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodePemBlocks } from '../../src/encoding/pem-blocks.ts'
import { atOnce } from '../../src/slices.ts'
import { failureOf, unwrap } from './unwrap.ts'

const root = createAuthority()
const crl = mintCrl(root)
const other = mintCrl(createAuthority('Other CA'))

const decode = (text: string | Uint8Array, label = 'X509 CRL', maxBlocks = 10) =>
  atOnce(decodePemBlocks(typeof text === 'string' ? Buffer.from(text, 'latin1') : text, label, maxBlocks))
const blocks = (text: string | Uint8Array) => unwrap(decode(text)).map((der) => Buffer.from(der))
const reason = (text: string): string => {
  const failure = failureOf(decode(text))
  return 'reason' in failure ? failure.reason : failure.code
}

/** Large enough for many slices, whose ends fall on every place of a line. */
const large = mintCrl(root, {
  entries: [
    encodeCrlEntries(
      Array.from({ length: 50_000 }, (_, index) => index),
      { revokedAt: root.at },
    ),
  ],
})

describe('blocks of one label are decoded (RFC 7468)', () => {
  test('one, or several in their order', () => {
    expect(blocks(crl.pem)).toEqual([Buffer.from(crl.der)])
    expect(blocks(crl.pem + other.pem + crl.pem)).toEqual([crl, other, crl].map(({ der }) => Buffer.from(der)))
  })

  test('with explanatory text before, between and after, on lines of its own (5.2)', () => {
    expect(blocks(`Clients\n${crl.pem}# from the other\n${other.pem}\nThe end`)).toHaveLength(2)
  })

  test('with a megabyte of it, as `openssl crl -text` writes', () => {
    const text = `Certificate Revocation List (CRL):\n${'    Serial Number: 01\n'.repeat(50_000)}`
    expect(blocks(text + crl.pem + text + other.pem + text)).toHaveLength(2)
  })

  test('with LF, CRLF or CR at the ends of lines, or none within the base64', () => {
    for (const end of ['\r\n', '\r', '\n\n', ' \n', '\n\t']) {
      expect(blocks(crl.pem.replaceAll('\n', end))).toEqual([Buffer.from(crl.der)])
    }
    const [begin, ...lines] = crl.pem.trimEnd().split('\n')
    expect(blocks([begin, lines.slice(0, -1).join(''), lines.at(-1)].join('\n'))).toEqual([Buffer.from(crl.der)])
  })

  test('of megabytes, whatever the length of their lines', () => {
    const body = Buffer.from(large.der).toString('base64')
    for (const width of [1, 3, 63, 64, 65, 76, 131_071, 131_072, body.length]) {
      const lines = body.match(new RegExp(`.{1,${width}}`, 'g')) ?? []
      const text = ['-----BEGIN X509 CRL-----', ...lines, '-----END X509 CRL-----', ''].join('\n')
      expect(Buffer.compare(blocks(text)[0] ?? Buffer.alloc(0), large.der)).toBe(0)
    }
  })

  test('of any octets and any length around a slice (property)', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(0, 98_304, 196_608),
        fc.uint8Array({ minLength: 1, maxLength: 100 }),
        (before, octets) => {
          const der = Buffer.concat([Buffer.alloc(before, 7), octets])
          expect(Buffer.compare(blocks(pemOf('X509 CRL', der))[0] ?? Buffer.alloc(0), der)).toBe(0)
        },
      ),
      { numRuns: 100 },
    )
  })

  test('in pauses, so that megabytes do not stop the event loop', () => {
    const work = decodePemBlocks(Buffer.from(large.pem), 'X509 CRL', 1)
    let pauses = 0
    while (!work.next().done) pauses++
    expect(pauses).toBeGreaterThan(large.pem.length / 200_000)
  })
})

describe('what is not wholly blocks of the label is refused, and no block of it is taken', () => {
  test.each([
    ['nothing', '', /^no X509 CRL block/],
    ['text alone', 'Clients\n', /^no X509 CRL block/],
    ['a certificate', root.certificate.pem, /marker that is not BEGIN X509 CRL/],
    ['a certificate after a CRL', crl.pem + root.certificate.pem, /marker that is not BEGIN X509 CRL/],
    ['the label of another time', crl.pem.replaceAll('X509 CRL', 'CRL'), /marker that is not BEGIN/],
    ['a block without its end', crl.pem.replace(/-----END.*\n/, ''), /without its END/],
    ['a block with the end of another', crl.pem.replace('END X509 CRL', 'END CERTIFICATE'), /without its END/],
    ['an end without its block', `-----END X509 CRL-----\n${crl.pem}`, /marker that is not BEGIN/],
    ['a block within a block', crl.pem.replace('-----END', '-----BEGIN X509 CRL-----\n-----END'), /without its END/],
    ['a header within a block', crl.pem.replace('\n', '\nProc-Type: 4\n'), /without its END|base64/],
    ['blocks glued together', crl.pem.trimEnd() + other.pem, /begins on the line on which block 1 ends/],
    ['text on the line of a marker', `${crl.pem.trimEnd()} and more\n`, /on the same line/],
    ['an empty block', '-----BEGIN X509 CRL-----\n-----END X509 CRL-----\n', /base64 of block 1/],
    ['no base64', crl.pem.replace(/^M/m, '*'), /base64 of block 1: .*alphabet/],
    ['base64 of the other alphabet', crl.pem.replace(/\n.{4}/, '\n-_-_'), /base64 of block 1/],
    ['padding in the middle', crl.pem.replace(/\n(.{30})./, '\n$1='), /base64 of block 1/],
    ['base64 cut short', crl.pem.replace(/.\n-----END/, '\n-----END'), /base64 of block 1/],
  ])('%s', (_, text, says) => {
    expect(reason(text)).toMatch(says)
  })

  test('padding before the end of a block of megabytes', () => {
    const { length } = large.pem
    const place = large.pem.indexOf('\n', length / 2)
    expect(reason(`${large.pem.slice(0, place)}==${large.pem.slice(place + 3)}`)).toMatch(/base64 of block 1/)
  })

  test('more blocks than are asked for', () => {
    expect(unwrap(decode(crl.pem.repeat(10)))).toHaveLength(10)
    expect(failureOf(decode(crl.pem.repeat(11)))).toMatchObject({
      code: 'ERR_ENCODING_TOO_LARGE',
      limit: 10,
      present: 11,
      unit: 'blocks',
    })
  })

  test('arbitrary text, never throwing (property)', () => {
    const piece = fc.oneof(
      fc.constantFrom(crl.pem, '-----BEGIN X509 CRL-----', '-----END X509 CRL-----', '-----', '\n', ' ', '=', 'AAAA'),
      fc.string({ maxLength: 20 }),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const decoded = decode(pieces.join(''))
        if (decoded.ok) for (const der of decoded.value) expect(der.length).toBeGreaterThan(0)
      }),
      { numRuns: 2_000 },
    )
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (octets) => void decode(octets)))
  })
})
