import {
  type Authority,
  broken,
  createAuthority,
  der,
  generateKeyPair,
  isKeyTypeAvailable,
  issuedCertificate,
  type KeyType,
  leafOf,
  type SignatureName,
  schemeOf,
} from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { algorithmName, REFUSED_ALGORITHMS, SIGNATURE_ALGORITHMS } from '../../src/signatures/algorithms.ts'
import type { KeyKind } from '../../src/signatures/judge-key.ts'
import { membersOf, parsed } from '../x509/minted.ts'
import { refusal, unsigned, verified } from './placed.ts'

const KEY_TYPES: Readonly<Record<KeyKind, KeyType>> = {
  rsa: 'rsa2048',
  'rsa-pss': 'rsa-pss2048',
  'P-256': 'p256',
  'P-384': 'p384',
  'P-521': 'p521',
  Ed25519: 'ed25519',
  Ed448: 'ed448',
}
const KINDS = Object.keys(KEY_TYPES) as readonly KeyKind[]

const authorityOfEach = () =>
  Object.fromEntries(KINDS.map((kind) => [kind, createAuthority({ key: KEY_TYPES[kind] })])) as Readonly<
    Record<KeyKind, Authority>
  >

const AUTHORITIES = authorityOfEach()
/** The same names, other keys. */
const STRANGERS = authorityOfEach()
/** Issues what no signature of its own is needed for. */
const issuer = createAuthority()

/** How each row of the table is signed with. */
const SIGNED_WITH: Readonly<Record<string, readonly SignatureName[]>> = {
  '1.2.840.113549.1.1.11': ['rsa-pkcs1-sha256'],
  '1.2.840.113549.1.1.12': ['rsa-pkcs1-sha384'],
  '1.2.840.113549.1.1.13': ['rsa-pkcs1-sha512'],
  '1.2.840.113549.1.1.10': ['rsa-pss-sha256', 'rsa-pss-sha384', 'rsa-pss-sha512'],
  '1.2.840.10045.4.3.2': ['ecdsa-sha256'],
  '1.2.840.10045.4.3.3': ['ecdsa-sha384'],
  '1.2.840.10045.4.3.4': ['ecdsa-sha512'],
  '1.3.101.112': ['ed25519'],
  '1.3.101.113': ['ed448'],
}

const rows = [...SIGNATURE_ALGORITHMS].flatMap(([oid, row]) =>
  row.keys.flatMap((kind) => (SIGNED_WITH[oid] ?? []).map((signature) => ({ oid, row, kind, signature }))),
)

/** The same certificate under another signature. */
const resigned = (leaf: ReturnType<Authority['issue']>, change: (signature: Uint8Array) => Uint8Array) => {
  const [tbs = new Uint8Array(), algorithm = new Uint8Array()] = membersOf(leaf.certificate.der)
  const signature = new Uint8Array(parsed(leaf).signature)
  return leafOf(issuedCertificate(der.sequence(tbs, algorithm, der.bitString(change(signature)))), leaf)
}

test('every row of the table is signed with here', () => {
  expect(Object.keys(SIGNED_WITH).sort()).toEqual([...SIGNATURE_ALGORITHMS.keys()].sort())
  expect(new Set(rows.map(({ kind }) => kind))).toEqual(new Set(KINDS))
})

describe.each(rows)('$signature under a key of $kind', ({ signature, kind, row }) => {
  const authority = AUTHORITIES[kind]
  const leaf = authority.issue({ subject: 'alice', signature })
  const invalid = {
    code: 'ERR_SIGNATURES_INVALID',
    algorithm: row.name,
    certificate: { position: 0, subject: 'CN=alice' },
  }

  test('is accepted when genuine (RFC 5280 6.1.3 a 1)', () => {
    expect(verified(leaf, authority)).toEqual({ ok: true, value: undefined })
  })

  test('is refused with one bit changed', () => {
    expect(refusal(broken.forgedSignature(leaf), authority)).toMatchObject(invalid)
  })

  test('is refused over other bytes', () => {
    const altered = broken.altered(leaf, (whole) => {
      const at = Buffer.from(whole).indexOf('alice')
      return Buffer.concat([whole.subarray(0, at), Buffer.from('mallo'), whole.subarray(at + 5)])
    })
    expect(refusal(altered, authority)).toMatchObject({
      code: 'ERR_SIGNATURES_INVALID',
      certificate: { subject: 'CN=mallo' },
    })
  })

  test('is refused under the key of another of the same name', () => {
    const other = STRANGERS[kind]
    expect(refusal(leaf, other)).toMatchObject(invalid)
    expect(refusal(other.issue({ subject: 'alice', signature }), authority)).toMatchObject(invalid)
  })

  test.each([
    ['of no octets', () => new Uint8Array()],
    ['one octet short', (octets: Uint8Array) => octets.subarray(0, -1)],
    ['one octet long', (octets: Uint8Array) => der.concat(octets, Uint8Array.of(0))],
    ['with a zero before it', (octets: Uint8Array) => der.concat(Uint8Array.of(0), octets)],
    ['of zeros', (octets: Uint8Array) => new Uint8Array(octets.length)],
    ['of ones', (octets: Uint8Array) => new Uint8Array(octets.length).fill(0xff)],
    ['of eight kilobytes', () => new Uint8Array(8_192).fill(1)],
  ])('is refused when it is %s, however the runtime says so', (_, change) => {
    expect(refusal(resigned(leaf, change), authority)).toMatchObject(invalid)
  })
})

describe('a key that the algorithm may not be used with', () => {
  const mismatches = [...SIGNATURE_ALGORITHMS].flatMap(([oid, row]) =>
    KINDS.filter((kind) => !row.keys.includes(kind)).map((kind) => ({ oid, name: row.name, kind })),
  )

  test.each(mismatches)(
    'is refused before it is imported: $name with $kind (RFC 4055 1.2, RFC 5480 2.1.1)',
    ({ oid, name, kind }) => {
      const [signature = 'ed25519'] = SIGNED_WITH[oid] ?? []
      const leaf = issuer.issue({
        subject: 'alice',
        signature: unsigned(schemeOf(signature).identifier),
      })
      expect(refusal(leaf, AUTHORITIES[kind])).toMatchObject({
        code: 'ERR_SIGNATURES_KEY_MISMATCH',
        signature: name,
        key: kind,
        certificate: { position: 0, subject: 'CN=alice' },
      })
    },
  )

  test('is the restricted kind with PKCS#1 v1.5, which the runtime could verify by its numbers (RFC 4055 1.2)', () => {
    const rsa = generateKeyPair('rsa2048')
    const [, bits = new Uint8Array()] = membersOf(new Uint8Array(rsa.publicKey.export({ type: 'spki', format: 'der' })))
    const restricted = createAuthority({
      key: rsa,
      subjectPublicKeyInfo: der.sequence(der.sequence(der.oid('1.2.840.113549.1.1.10')), bits),
    })
    expect(refusal(restricted.issue({ signature: 'rsa-pkcs1-sha256' }), restricted).code).toBe(
      'ERR_SIGNATURES_KEY_MISMATCH',
    )
    expect(verified(restricted.issue({ signature: 'rsa-pss-sha256' }), restricted).ok).toBe(true)
  })
})

describe('an algorithm that is known and refused', () => {
  const dsa = generateKeyPair('dsa2048')
  const genuine: Readonly<Record<string, () => ReturnType<Authority['issue']>>> = {
    '1.2.840.113549.1.1.4': () => AUTHORITIES.rsa.issue({ signature: 'rsa-pkcs1-md5' }),
    '1.2.840.113549.1.1.5': () => AUTHORITIES.rsa.issue({ signature: 'rsa-pkcs1-sha1' }),
    '1.2.840.10045.4.1': () => AUTHORITIES['P-256'].issue({ signature: 'ecdsa-sha1' }),
    '1.2.840.10040.4.3': () => createAuthority({ key: dsa }).issue({ signature: 'dsa-sha1' }),
    '2.16.840.1.101.3.4.3.2': () => createAuthority({ key: dsa }).issue({ signature: 'dsa-sha256' }),
  }
  const forgeable = (oid: string) => issuer.issue({ signature: unsigned(der.sequence(der.oid(oid), der.nullValue())) })

  test.each([...REFUSED_ALGORITHMS].map(([oid, { name, code }]) => ({ oid, name, code })))(
    'is refused by its name, whether the signature is genuine or not: $name',
    ({ oid, name, code }) => {
      for (const leaf of [forgeable(oid), genuine[oid]?.()]) {
        if (leaf === undefined) continue
        expect(parsed(leaf).signatureAlgorithm.oid).toBe(oid)
        expect(refusal(leaf, AUTHORITIES.rsa)).toMatchObject({ code, algorithm: name, certificate: { position: 0 } })
      }
    },
  )

  test('is MD2, MD5, SHA-1 or DSA, and nothing else', () => {
    expect(new Set([...REFUSED_ALGORITHMS.values()].map(({ code }) => code))).toEqual(
      new Set(['ERR_SIGNATURES_MD5', 'ERR_SIGNATURES_SHA1', 'ERR_SIGNATURES_DSA']),
    )
    for (const oid of REFUSED_ALGORITHMS.keys()) expect(SIGNATURE_ALGORITHMS.has(oid)).toBe(false)
  })

  test('is DSA as a key, too (FIPS 186-5)', () => {
    const authority = createAuthority({ key: dsa })
    expect(refusal(AUTHORITIES.rsa.issue(), authority)).toMatchObject({
      code: 'ERR_SIGNATURES_DSA',
      algorithm: 'DSA key',
      certificate: { position: 1 },
    })
  })
})

describe('an algorithm that is not supported', () => {
  test.each([
    ['RSA with SHA-224', '1.2.840.113549.1.1.14', () => AUTHORITIES.rsa.issue({ signature: 'rsa-pkcs1-sha224' })],
    ['ECDSA with SHA-224', '1.2.840.10045.4.3.1', () => AUTHORITIES['P-256'].issue({ signature: 'ecdsa-sha224' })],
  ] as const)('is refused by its identifier, though the signature is genuine: %s', (_, oid, issue) => {
    expect(refusal(issue(), AUTHORITIES.rsa)).toMatchObject({ code: 'ERR_SIGNATURES_UNSUPPORTED', algorithm: oid })
  })

  test.each([
    ['the key of RSA instead of an algorithm', '1.2.840.113549.1.1.1'],
    ['the key of EC instead of an algorithm', '1.2.840.10045.2.1'],
    ['X25519', '1.3.101.110'],
    ['SM2 with SM3', '1.2.156.10197.1.501'],
    ['GOST', '1.2.643.7.1.1.3.2'],
    ['a message authentication code', '1.2.840.113549.2.9'],
    ['one arc more than RSA with SHA-256', '1.2.840.113549.1.1.11.0'],
    ['nothing that exists', '1.3.6.1.4.1.32473.1'],
  ])('is refused by its identifier: %s', (_, oid) => {
    const leaf = issuer.issue({ signature: unsigned(der.sequence(der.oid(oid))) })
    expect(refusal(leaf, AUTHORITIES.rsa)).toMatchObject({ code: 'ERR_SIGNATURES_UNSUPPORTED', algorithm: oid })
  })

  test.each([
    ['ml-dsa-44', '2.16.840.1.101.3.4.3.17'],
    ['ml-dsa-65', '2.16.840.1.101.3.4.3.18'],
    ['ml-dsa-87', '2.16.840.1.101.3.4.3.19'],
  ] as const)('is ML-DSA in this version, genuine where the runtime has it: %s', (type, oid) => {
    const identifier = der.sequence(der.oid(oid))
    const subjectPublicKeyInfo = der.sequence(identifier, der.bitString(new Uint8Array(1_312)))
    const authority = isKeyTypeAvailable(type)
      ? createAuthority({ key: type })
      : createAuthority({ subjectPublicKeyInfo, signature: unsigned(identifier) })
    const leaf = authority.issue(isKeyTypeAvailable(type) ? {} : { signature: unsigned(identifier) })
    expect(refusal(leaf, authority)).toMatchObject({ code: 'ERR_SIGNATURES_UNSUPPORTED', algorithm: oid })
    expect(refusal(AUTHORITIES.rsa.issue(), authority)).toMatchObject({
      code: 'ERR_SIGNATURES_KEY_UNSUPPORTED',
      algorithm: oid,
    })
  })
})

describe('the name of an algorithm', () => {
  test('is known for what is accepted and what is refused, else the identifier', () => {
    const nameOf = (oid: string) => algorithmName({ oid, parameters: null })
    expect(nameOf('1.2.840.10045.4.3.2')).toBe('ECDSA with sha256')
    expect(nameOf('1.2.840.113549.1.1.5')).toBe('RSA with SHA-1')
    expect(nameOf('1.2.3')).toBe('1.2.3')
  })
})
