import { type CrlEntryInput, createAuthority, der, encodeCrlEntries, encodeName, mintCrl } from '@clientcert/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cursorOver } from '../../../src/encoding/der.ts'
import { indexEntries } from '../../../src/revocation/crl/crl-index.ts'
import type { CertificateList } from '../../../src/x509/crl.ts'
import { type Name, readName } from '../../../src/x509/name.ts'
import { listed, root } from '../../x509/minted-crls.ts'
import { loaded, refusalOf } from './crls.ts'

const revokedAt = root.at
const nameOf = (name: string): Name => readName(cursorOver(encodeName(name)))
const own = nameOf('Root CA')

/** The content octets of an INTEGER. */
const octetsOf = (number: bigint | number): Uint8Array => der.integer(number).subarray(2)

const indexOf = (entries: ReadonlyArray<CrlEntryInput | Uint8Array>) => loaded(mintCrl(root, { entries })).index

/** The longest stretch between two pauses, in steps of the generator. */
function pausesOf(list: CertificateList): number {
  const work = indexEntries(list)
  for (let pauses = 0; ; pauses++) {
    const step = work.next()
    if (!step.done) continue
    if (!step.value.ok) throw new Error(step.value.failure.reason)
    return pauses
  }
}

describe('who is listed is found', () => {
  test('and nobody else: numbers of every length and sign', () => {
    const numbers = [0n, 1n, -1n, 127n, 128n, -128n, -129n, 255n, 256n, 2n ** 64n, 2n ** 127n, 2n ** 159n - 1n]
    const index = indexOf(numbers.map((serialNumber) => ({ serialNumber })))
    expect(index.entries).toBe(numbers.length)
    for (const number of numbers) expect(index.find(octetsOf(number), own)).toBeDefined()
    for (const number of [2n, -2n, 129n, 254n, 2n ** 64n + 1n, 2n ** 128n]) {
      expect(index.find(octetsOf(number), own)).toBeUndefined()
    }
  })

  test('in an empty CRL is nobody', () => {
    for (const crl of [mintCrl(root), mintCrl(root, { entries: [new Uint8Array()] })]) {
      const { index } = loaded(crl)
      expect(index.entries).toBe(0)
      expect(index.find(octetsOf(1), own)).toBeUndefined()
    }
  })

  test('each with its own date and reason, whatever their number', () => {
    const entries = Array.from({ length: 5_000 }, (_, number) => ({
      serialNumber: BigInt(number),
      revokedAt: new Date(revokedAt.getTime() - number * 1_000),
      ...(number % 3 === 0 ? { reason: 'keyCompromise' as const } : {}),
      ...(number % 7 === 0 ? { invalidityDate: revokedAt } : {}),
    }))
    const index = indexOf(entries)
    for (let number = 0; number < 5_000; number++) {
      expect(index.find(octetsOf(number), own)).toEqual({
        revokedAt: revokedAt.getTime() - number * 1_000,
        reason: number % 3 === 0 ? 'keyCompromise' : 'unspecified',
      })
    }
    expect(index.find(octetsOf(5_000), own)).toBeUndefined()
  })

  test('in entries of any length: of one, two and three octets of length', () => {
    const entries = [10, 200, 70_000].map((length, serialNumber) => ({
      serialNumber: BigInt(serialNumber),
      extensions: [{ oid: '1.2.3', value: der.octetString(new Uint8Array(length)) }],
    }))
    const index = indexOf([...entries, { serialNumber: 9n }])
    for (const number of [0, 1, 2, 9]) expect(index.find(octetsOf(number), own)).toBeDefined()
  })

  test('as a set of numbers would find them, whichever they are (property)', () => {
    const number = fc.oneof(fc.bigInt({ min: -300n, max: 300n }), fc.bigInt({ min: -(2n ** 159n), max: 2n ** 159n }))
    fc.assert(
      fc.property(fc.array(number, { maxLength: 60 }), fc.array(number, { maxLength: 20 }), (revoked, asked) => {
        const index = indexOf([encodeCrlEntries(revoked.map(octetsOf), { revokedAt })])
        const set = new Set(revoked)
        for (const each of [...revoked, ...asked]) {
          expect(index.find(octetsOf(each), own) !== undefined).toBe(set.has(each))
        }
      }),
      { numRuns: 200 },
    )
  })

  test('by another CA of the same name: names are compared as 7.1 has it, not by their octets', () => {
    const index = indexOf([{ serialNumber: 1n }])
    const shouted = readName(cursorOver(encodeName({ CN: { text: '  ROOT   ca ', as: 'bmp' } })))
    expect(index.find(octetsOf(1), shouted)).toBeDefined()
    expect(index.find(octetsOf(1), nameOf('Other CA'))).toBeUndefined()
  })
})

describe('in an indirect CRL a number is of the issuer that was named last (RFC 5280 5.3.3)', () => {
  const entries = [
    { serialNumber: 1n },
    { serialNumber: 2n, certificateIssuer: 'A' },
    { serialNumber: 1n, reason: 'superseded' as const },
    { serialNumber: 1n, certificateIssuer: 'B', reason: 'keyCompromise' as const },
    { serialNumber: 3n, certificateIssuer: 'Root CA' },
    { serialNumber: 4n, certificateIssuer: 'A' },
  ]
  const index = indexOf(entries)
  const find = (number: number, issuer: string) => index.find(octetsOf(number), nameOf(issuer))?.reason

  test('the issuer of the CRL itself until one is named', () => {
    expect([find(1, 'Root CA'), find(2, 'Root CA'), find(3, 'Root CA'), find(4, 'Root CA')]).toEqual([
      'unspecified',
      undefined,
      'unspecified',
      undefined,
    ])
  })

  test('then that one, for the entries that follow too', () => {
    expect([find(1, 'A'), find(2, 'A'), find(3, 'A'), find(4, 'A')]).toEqual([
      'superseded',
      'unspecified',
      undefined,
      'unspecified',
    ])
    expect([find(1, 'B'), find(2, 'B'), find(3, 'B')]).toEqual(['keyCompromise', undefined, undefined])
    expect(find(1, 'C')).toBeUndefined()
  })

  test('of at most 10,000 issuers, each form of a name counted', () => {
    const many = (length: number) =>
      der.concat(
        ...Array.from({ length }, (_, number) =>
          encodeCrlEntries([number], { revokedAt, certificateIssuer: `Issuer ${number}` }),
        ),
      )
    const full = indexOf([many(10_000), encodeCrlEntries([7], { revokedAt, certificateIssuer: 'Issuer 5' })])
    expect(full.find(octetsOf(9_999), nameOf('Issuer 9999'))).toBeDefined()
    expect(full.find(octetsOf(7), nameOf('Issuer 5'))).toBeDefined()
    expect(refusalOf(mintCrl(root, { entries: [many(10_001)] }).der)).toMatch(/more than 10000 issuers/)
  })
})

describe('several entries for one certificate', () => {
  const reasons = ['removeFromCRL', 'certificateHold', 'superseded'] as const

  test.each([
    [['removeFromCRL', 'certificateHold'], 'certificateHold'],
    [['certificateHold', 'superseded'], 'superseded'],
    [['superseded', 'removeFromCRL'], 'superseded'],
    [['removeFromCRL', 'superseded', 'certificateHold'], 'superseded'],
  ] as const)('%j: the one that is for ever counts before a hold, and both before what lifts it', (given, counts) => {
    for (const order of [given, given.toReversed()]) {
      expect(indexOf(order.map((reason) => ({ serialNumber: 1n, reason }))).find(octetsOf(1), own)?.reason).toBe(counts)
    }
  })

  test('however many: the last of fifty', () => {
    for (const place of [0, 17, 49]) {
      const entries = Array.from({ length: 50 }, (_, index) => ({
        serialNumber: 1n,
        reason: reasons[index === place ? 2 : index % 2] ?? 'superseded',
      }))
      expect(indexOf(entries).find(octetsOf(1), own)?.reason).toBe('superseded')
    }
  })

  test('a hundred thousand times the same number takes time by its octets, not by their square', () => {
    const entries = encodeCrlEntries(new Array<number>(100_000).fill(5), { revokedAt })
    const index = indexOf([entries, { serialNumber: 6n }])
    expect(index.entries).toBe(100_001)
    expect(index.find(octetsOf(5), own)).toBeDefined()
    expect(index.find(octetsOf(6), own)).toBeDefined()
    expect(index.find(octetsOf(7), own)).toBeUndefined()
  })

  test('as does one number of five thousand issuers', () => {
    const entries = Array.from({ length: 5_000 }, (_, number) =>
      encodeCrlEntries([5], { revokedAt, certificateIssuer: `Issuer ${number}` }),
    )
    expect(indexOf([der.concat(...entries)]).find(octetsOf(5), nameOf('Issuer 4999'))).toBeDefined()
  })
})

describe('a malformed entry spoils the whole CRL, and is named (CVE-2026-53434: an invalid CRL is never ignored without a word)', () => {
  const good = encodeCrlEntries([1, 2], { revokedAt })
  const time = der.time(revokedAt)

  test.each([
    ['no SEQUENCE', der.set(der.integer(3), time), /no SEQUENCE/],
    ['nothing in it', der.sequence(), /no serial number/],
    ['no number', der.sequence(time), /no serial number/],
    ['an empty number', der.sequence(der.hex('0200'), time), /no serial number/],
    ['a number of 128 octets', der.sequence(der.integer(new Uint8Array(128).fill(1)), time), /1 to 127 octets/],
    ['a number that is padded with zeros', der.sequence(der.integer(der.hex('0001')), time), /not minimal/],
    ['a number that is padded with ones', der.sequence(der.integer(der.hex('ffff')), time), /not minimal/],
    ['no date', der.sequence(der.integer(3)), /ends where an element/],
    ['something behind the extensions', der.sequence(der.integer(3), time, der.sequence(), der.nullValue()), /empty/],
    ['something else than extensions', der.sequence(der.integer(3), time, der.nullValue()), /tag 0x05/],
    ['a length in too many octets', der.concat(der.hex('3081 12 020103'), time), /length is not minimal/],
    ['a length beyond the list', der.hex('3050 020103'), /length reaches beyond/],
    ['an indefinite length', der.concat(der.hex('3080 020103'), time, der.hex('0000')), /indefinite length/],
    ['a number that reaches beyond its entry', der.concat(der.hex('3004 02050102'), time), /no serial number/],
  ])('%s', (_, entry, reason) => {
    expect(refusalOf(mintCrl(root, { entries: [good, entry] }).der)).toMatch(
      new RegExp(`^a\\.crl: revokedCertificates, entry 3 is malformed at octet \\d+: .*${reason.source}`),
    )
    expect(loaded(mintCrl(root, { entries: [good] })).index.entries).toBe(2)
  })

  test('a number of 127 octets is read', () => {
    const number = new Uint8Array(127).fill(1)
    expect(indexOf([{ serialNumber: number }]).find(number, own)).toBeDefined()
  })
})

describe('indexing pauses', () => {
  const listOf = (entries: Uint8Array) => listed(mintCrl(createAuthority({ key: 'ed25519' }), { entries: [entries] }))
  const numbers = Array.from({ length: 50_000 }, (_, number) => number)

  test('every few thousand entries', () => {
    expect(pausesOf(listOf(encodeCrlEntries(numbers, { revokedAt })))).toBeGreaterThanOrEqual(24)
  })

  test('more often where their extensions have to be read, or they are all the same', () => {
    const plain = pausesOf(listOf(encodeCrlEntries(numbers, { revokedAt })))
    const slow = pausesOf(listOf(encodeCrlEntries(numbers, { revokedAt, invalidityDate: revokedAt })))
    const same = pausesOf(listOf(encodeCrlEntries(new Array<number>(50_000).fill(1), { revokedAt })))
    expect(slow).toBeGreaterThan(10 * plain)
    expect(same).toBeGreaterThan(plain)
  })
})
