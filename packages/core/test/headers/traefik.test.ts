import { createAuthority } from '@clientcert/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_CHAIN_CHARACTERS, MAX_CHAIN_ENTRIES } from '../../src/headers/header-format.ts'
import { createFormat } from '../../src/headers/registry.ts'
import { unwrap } from '../encoding/unwrap.ts'
import { certificatesIn, forwarded, linesOf, outcomeIn, refusalIn } from './forwarded.ts'

const HEADER = 'x-forwarded-tls-client-cert'
const INFO = `${HEADER}-info`
const leaf = createAuthority('Root CA').intermediate('Intermediate CA').issue('alice')
const entries = leaf.chain.map(({ der }) => Buffer.from(der).toString('base64'))
const [own = '', issuer = ''] = entries
const value = entries.join(',')
/** As Go's `url.QueryEscape` writes base64. */
const escaped = (base64: string) => encodeURIComponent(base64)

const format = createFormat('traefik')
const lines = (text: string) => linesOf({ [HEADER]: text })
const expectChain = (text: string, expected = leaf.chain.map(({ der }) => der)) => {
  const decoded = certificatesIn(format, lines(text))
  expect(decoded.map((der) => Buffer.from(der).toString('hex'))).toEqual(
    expected.map((der) => Buffer.from(der).toString('hex')),
  )
}

describe('X-Forwarded-Tls-Client-Cert of Traefik', () => {
  test('is every certificate that the client sent, end entity first', () => {
    expectChain(value)
    expectChain(own, [leaf.certificate.der])
  })

  test('is read as before 2.9.4 too, where each was escaped and the commas were not (traefik #9379)', () => {
    expectChain(entries.map(escaped).join(','))
    expectChain(escaped(own), [leaf.certificate.der])
    expect(escaped(value)).toContain('%2C')
    expect(refusalIn(format, lines(escaped(value))).code).toBe('ERR_ENCODING_BASE64')
  })

  test.each([
    [
      'a broken first entry: the next is not the client (client-certificate-auth #187)',
      `x${value}`,
      'ERR_ENCODING_BASE64',
    ],
    ['an empty first entry (client-certificate-auth #189)', `,${value}`, 'ERR_ENCODING_BASE64'],
    ['a broken second entry', `${own},x`, 'ERR_ENCODING_BASE64'],
    ['an empty last entry', `${value},`, 'ERR_ENCODING_BASE64'],
    ['a space behind a comma, as joined lines have', entries.join(', '), 'ERR_ENCODING_BASE64'],
    ['a plus that became a space', own.replace(/[A-Z]/, ' '), 'ERR_ENCODING_BASE64'],
    ['no padding', 'YQ', 'ERR_ENCODING_BASE64'],
    ['a broken escape', `${own.slice(0, -1)}%3`, 'ERR_ENCODING_PERCENT'],
    ['an octet above 7F', `${own}%E9`, 'ERR_ENCODING_PERCENT'],
    ['PEM', encodeURIComponent(leaf.certificate.pem), 'ERR_ENCODING_BASE64'],
    ['a word', 'SPOOF', 'ERR_ENCODING_BASE64'],
  ])('is refused with %s', (_, text, code) => {
    expect(refusalIn(format, lines(text)).code).toBe(code)
  })

  test('is none where it is absent or empty', () => {
    for (const none of [new Map(), lines('')]) {
      expect(unwrap(format.read(none))).toEqual({ certificate: null, verdict: null })
    }
  })

  test('has as many entries as are decoded, and not one more (client-certificate-auth #221)', () => {
    const of = (count: number) => Array.from({ length: count }, () => 'YQ==').join(',')
    expect(certificatesIn(format, lines(of(MAX_CHAIN_ENTRIES)))).toHaveLength(MAX_CHAIN_ENTRIES)
    expect(refusalIn(format, lines(of(MAX_CHAIN_ENTRIES + 1)))).toMatchObject({
      code: 'ERR_ENCODING_TOO_LARGE',
      present: MAX_CHAIN_ENTRIES + 1,
    })
  })

  test('is looked at up to the limit and not past it, before it is taken apart', () => {
    expect(format.read(lines(','.repeat(MAX_CHAIN_CHARACTERS))).ok).toBe(true)
    expect(format.read(lines(','.repeat(MAX_CHAIN_CHARACTERS + 1))).ok).toBe(false)
    for (let time = 0; time < 30; time++) {
      expect(refusalIn(format, lines(','.repeat(MAX_CHAIN_CHARACTERS))).code).toBe('ERR_ENCODING_TOO_LARGE')
    }
  })

  test('stands beside one that is removed and never read: its values are not escaped', () => {
    expect(format.assertedHeaders).toEqual([HEADER, INFO])
    const said = linesOf({ [INFO]: 'Subject%3D%22CN%3Dadmin%22' })
    expect(unwrap(format.read(said))).toEqual({ certificate: null, verdict: null })
  })

  test('is remembered whole, the end entity last', () => {
    const textOf = (text: string) => unwrap(format.read(lines(text))).certificate?.text
    expect(textOf(own)).toBe(own)
    expect(textOf(value)).toBe(`,${issuer}\n${own}`)
  })

  test('is written as Traefik writes it, and not at all for nobody', () => {
    expect(format.encode(forwarded(leaf))).toEqual({ [HEADER]: value })
    expect(format.encode(null)).toEqual({})
  })

  test('never throws, whatever stands in it', () => {
    const piece = fc.oneof(
      fc.constantFrom(own, escaped(own), issuer, ',', '%', '%2C', '%3D', '='),
      fc.string({ unit: 'binary', maxLength: 3 }),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        expect(String(outcomeIn(format, lines(pieces.join(''))))).toMatch(/^(\d+|ERR_ENCODING_\w+)$/)
      }),
      { numRuns: 2_000 },
    )
  })
})
