import { createAuthority } from '@clientcert/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodePercent } from '../../src/encoding/percent.ts'
import { createCustomFormat } from '../../src/headers/custom.ts'
import { CUSTOM_ENCODINGS } from '../../src/headers/custom-encodings.ts'
import { MAX_CERTIFICATE_CHARACTERS, MAX_CHAIN_CHARACTERS, MAX_CHAIN_ENTRIES } from '../../src/headers/header-format.ts'
import { unwrap } from '../encoding/unwrap.ts'
import { certificatesIn, forwarded, linesOf, outcomeIn, refusalIn } from './forwarded.ts'

const root = createAuthority('Root CA')
const outer = root.intermediate('Outer CA')
const leaf = outer.intermediate('Inner CA').issue('alice')
const issuers = leaf.chain.slice(1).map(({ der }) => der)
const pem = leaf.certificate.pem
const hexOf = (all: readonly Uint8Array[]) => all.map((der) => Buffer.from(der).toString('hex'))
const base64 = (der: Uint8Array) => Buffer.from(der).toString('base64')

type Settings = Parameters<typeof createCustomFormat>[0]
const PLAIN: Settings = { header: 'x-cert', chainHeader: null, encoding: 'base64-der', verify: null, absent: [] }
const formatOf = (settings: Partial<Settings>) => createCustomFormat({ ...PLAIN, ...settings })

describe.each(CUSTOM_ENCODINGS)('a certificate as %s', (encoding) => {
  const alone = formatOf({ encoding })
  const format = formatOf({ encoding, chainHeader: 'x-chain' })

  test('is read as it is written, with its chain where there is a header for it', () => {
    expect(hexOf(certificatesIn(alone, linesOf(alone.encode(forwarded(leaf)))))).toEqual(hexOf([leaf.certificate.der]))
    expect(hexOf(certificatesIn(format, linesOf(format.encode(forwarded(leaf)))))).toEqual(
      hexOf(leaf.chain.map(({ der }) => der)),
    )
    const noIssuer = root.issue()
    expect(Object.keys(format.encode(forwarded(noIssuer)))).toEqual(['x-cert'])
    expect(alone.encode(null)).toEqual({})
  })

  test('is one: the header of the end entity holds no chain', () => {
    const { 'x-chain': chain = '' } = format.encode(forwarded(leaf))
    expect(String(outcomeIn(alone, linesOf({ 'x-cert': chain })))).toMatch(/^ERR_/)
  })

  test('is refused beside a broken chain, and a chain without it', () => {
    const headers = format.encode(forwarded(leaf))
    expect(refusalIn(format, linesOf({ ...headers, 'x-chain': 'x' })).code).toMatch(/^ERR_(ENCODING|HEADERS)_/)
    expect(refusalIn(format, linesOf({ 'x-chain': headers['x-chain'] ?? '' }))).toMatchObject({
      code: 'ERR_HEADERS_SYNTAX',
      proxy: 'custom',
      what: 'x-chain',
    })
  })

  test('is none where the header is absent or empty', () => {
    for (const none of [new Map(), linesOf({ 'x-cert': '' }), linesOf({ 'x-cert': '', 'x-chain': '' })]) {
      expect(unwrap(format.read(none))).toEqual({ certificate: null, verdict: null })
    }
  })

  test('never throws, whatever stands in its headers', () => {
    const whole = format.encode(forwarded(leaf))
    const piece = fc.oneof(
      fc.constantFrom(...Object.values(whole), ',', ':', '%', '-----BEGIN CERTIFICATE-----', '=', 'MII='),
      fc.string({ unit: 'binary', maxLength: 3 }),
    )
    const value = fc.array(piece, { maxLength: 5 }).map((pieces) => pieces.join(''))
    fc.assert(
      fc.property(value, value, (text, chain) => {
        const outcome = outcomeIn(format, linesOf({ 'x-cert': text, 'x-chain': chain }))
        expect(String(outcome)).toMatch(/^(\d+|ERR_(ENCODING|HEADERS)_\w+)$/)
      }),
      { numRuns: 500 },
    )
  })
})

describe('an encoding', () => {
  test.each([
    ['percent-pem', encodePercent(pem)],
    ['pem', pem.trimEnd().replaceAll('\n', ' ')],
    ['base64-der', base64(leaf.certificate.der)],
    ['base64-pem', Buffer.from(pem).toString('base64')],
    ['byte-sequence', `:${base64(leaf.certificate.der)}:`],
  ] as const)('%s is that and no other', (encoding, text) => {
    expect(outcomeIn(formatOf({ encoding }), linesOf({ 'x-cert': text }))).toBe(1)
    for (const another of CUSTOM_ENCODINGS) {
      if (another === encoding || (another === 'percent-pem' && encoding === 'pem')) continue
      // Any octets pass for DER here: it is x509 that finds PEM in them.
      if (another === 'base64-der' && encoding === 'base64-pem') continue
      expect(String(outcomeIn(formatOf({ encoding: another }), linesOf({ 'x-cert': text })))).toMatch(/^ERR_/)
    }
  })

  test.each([
    ['separated by commas', issuers.map(base64).join(',')],
    ['one DER behind the other, as HAProxy has it', base64(Buffer.concat(issuers))],
  ])('base64-der has a chain %s', (_, chain) => {
    const format = formatOf({ chainHeader: 'x-chain' })
    const lines = linesOf({ 'x-cert': base64(leaf.certificate.der), 'x-chain': chain })
    expect(hexOf(certificatesIn(format, lines))).toEqual(hexOf(leaf.chain.map(({ der }) => der)))
  })

  test('base64-der has no entry that is half a certificate', () => {
    const [first = new Uint8Array()] = issuers
    const halves = [first.subarray(0, 300), first.subarray(300)].map(base64).join(',')
    const lines = linesOf({ 'x-cert': base64(leaf.certificate.der), 'x-chain': halves })
    expect(refusalIn(formatOf({ chainHeader: 'x-chain' }), lines).code).toBe('ERR_HEADERS_SYNTAX')
  })

  test.each(['base64-der', 'byte-sequence'] as const)(
    '%s has as many entries as are decoded, and not one more',
    (encoding) => {
      const format = formatOf({ chainHeader: 'x-chain', encoding })
      const wrap = (text: string) => (encoding === 'byte-sequence' ? `:${text}:` : text)
      const entry = (times: number) =>
        wrap(base64(Buffer.concat(Array.from({ length: times }, () => Uint8Array.of(0x30, 0)))))
      const of = (...entries: readonly string[]) =>
        linesOf({ 'x-cert': wrap(base64(leaf.certificate.der)), 'x-chain': entries.join(',') })
      const half = MAX_CHAIN_ENTRIES / 2
      expect(outcomeIn(format, of(entry(half), entry(half)))).toBe(1 + MAX_CHAIN_ENTRIES)
      expect(outcomeIn(format, of(entry(half), entry(half), entry(1)))).toBe('ERR_ENCODING_TOO_LARGE')
      const single = Array.from({ length: MAX_CHAIN_ENTRIES }, () => entry(1))
      expect(outcomeIn(format, of(...single))).toBe(1 + MAX_CHAIN_ENTRIES)
      expect(outcomeIn(format, of(...single, entry(1)))).toBe('ERR_ENCODING_TOO_LARGE')
    },
  )

  test('byte-sequence alone has a chain in several lines', () => {
    expect([...formatOf({ chainHeader: 'x-chain', encoding: 'byte-sequence' }).listHeaders]).toEqual(['x-chain'])
    expect([...formatOf({ encoding: 'byte-sequence' }).listHeaders]).toEqual([])
    for (const encoding of ['percent-pem', 'pem', 'base64-der', 'base64-pem'] as const) {
      expect([...formatOf({ chainHeader: 'x-chain', encoding }).listHeaders]).toEqual([])
    }
  })
})

describe('texts that stand for nothing', () => {
  const format = formatOf({ chainHeader: 'x-chain', absent: ['(null)', '-'] })
  const own = base64(leaf.certificate.der)

  test('are those that were named, exactly, in both headers', () => {
    for (const text of ['(null)', '-']) {
      expect(outcomeIn(format, linesOf({ 'x-cert': text, 'x-chain': text }))).toBe(0)
      expect(outcomeIn(format, linesOf({ 'x-cert': own, 'x-chain': text }))).toBe(1)
    }
    for (const text of ['(NULL)', '--', ' -', 'nil']) {
      expect(String(outcomeIn(format, linesOf({ 'x-cert': text })))).toMatch(/^ERR_/)
      expect(String(outcomeIn(format, linesOf({ 'x-cert': own, 'x-chain': text })))).toMatch(/^ERR_/)
    }
    expect(String(outcomeIn(formatOf({}), linesOf({ 'x-cert': '-' })))).toMatch(/^ERR_/)
  })
})

describe('a verdict', () => {
  const verify = { header: 'x-verify', success: ['0', 'OK'], none: ['NONE'] }
  const format = formatOf({ verify })
  const own = base64(leaf.certificate.der)
  const verdictOf = (said: string) => unwrap(format.read(linesOf({ 'x-cert': own, 'x-verify': said }))).verdict

  test.each([
    ['0', { said: 'success' }],
    ['OK', { said: 'success' }],
    ['NONE', { said: 'none' }],
    ['ok', { said: 'failed', reason: 'unseen' }],
    ['0 ', { said: 'failed', reason: 'unseen' }],
    ['00', { said: 'failed', reason: 'unseen' }],
    ['NONE, 0', { said: 'failed', reason: 'unseen' }],
    ['FAILED:certificate has expired', { said: 'failed', reason: 'unseen' }],
  ])('%j is %o: the words that were given, and anything else is what only the proxy can see', (said, verdict) => {
    expect(verdictOf(said)).toEqual({ ok: true, value: verdict })
  })

  test('is missing where its header is absent or empty, which contradicts a certificate', () => {
    expect(verdictOf('')).toBeNull()
    expect(unwrap(format.read(linesOf({ 'x-cert': own }))).verdict).toBeNull()
    expect(format).toMatchObject({ verdictHeader: 'x-verify', withoutVerdict: 'contradiction' })
    expect(formatOf({})).toMatchObject({ verdictHeader: null, withoutVerdict: 'believed' })
  })

  test('is written with the first of its words', () => {
    const encode = (failedFor: string | null) => format.encode(forwarded(leaf, { failedFor }))['x-verify']
    expect(encode(null)).toBe('0')
    expect(encode('certificate has expired')).toBe('FAILED:certificate has expired')
    expect(format.encode(null)).toEqual({ 'x-verify': 'NONE' })
    expect(formatOf({ verify: { ...verify, none: [] } }).encode(null)).toEqual({})
  })
})

test('headers are looked at up to their limits and not past them', () => {
  const format = formatOf({ chainHeader: 'x-chain' })
  const read = (cert: number, chain: number) =>
    format.read(linesOf({ 'x-cert': 'a'.repeat(cert), 'x-chain': 'a'.repeat(chain) })).ok
  expect(read(MAX_CERTIFICATE_CHARACTERS, MAX_CHAIN_CHARACTERS)).toBe(true)
  expect(read(MAX_CERTIFICATE_CHARACTERS + 1, 1)).toBe(false)
  expect(read(1, MAX_CHAIN_CHARACTERS + 1)).toBe(false)
})

test('both headers are remembered, the end entity last', () => {
  const format = formatOf({ chainHeader: 'x-chain' })
  const textOf = (headers: Readonly<Record<string, string>>) => unwrap(format.read(linesOf(headers))).certificate?.text
  expect(textOf({ 'x-cert': 'a' })).toBe('\na')
  expect(textOf({ 'x-cert': 'a', 'x-chain': 'b' })).toBe('b\na')
})
