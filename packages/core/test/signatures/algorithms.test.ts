import { sign } from 'node:crypto'
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
  type SignatureInput,
  type SignatureScheme,
  schemeOf,
} from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { algorithmName, BROKEN_ALGORITHMS, SIGNATURE_ALGORITHMS } from '../../src/signatures/algorithms.ts'
import type { KeyKind } from '../../src/signatures/judge-key.ts'
import { EVERY_WEAKNESS, NO_WEAKNESS, type Weakness } from '../../src/signatures/weakness.ts'
import { membersOf, parsed } from '../x509/minted.ts'
import { declaredAs, refusal, unsigned, verified } from './placed.ts'

const KEY_TYPES: Readonly<Record<KeyKind, KeyType>> = {
  rsa: 'rsa2048',
  'rsa-pss': 'rsa-pss2048',
  'P-256': 'p256',
  'P-384': 'p384',
  'P-521': 'p521',
  Ed25519: 'ed25519',
  Ed448: 'ed448',
  DSA: 'dsa2048',
  'ML-DSA-44': 'ml-dsa-44',
  'ML-DSA-65': 'ml-dsa-65',
  'ML-DSA-87': 'ml-dsa-87',
}
/** Those whose keys this runtime can make: ML-DSA is not everywhere. */
const KINDS = (Object.keys(KEY_TYPES) as readonly KeyKind[]).filter((kind) => isKeyTypeAvailable(KEY_TYPES[kind]))

const authorityOfEach = () =>
  Object.fromEntries(KINDS.map((kind) => [kind, createAuthority({ key: KEY_TYPES[kind] })])) as Readonly<
    Record<KeyKind, Authority>
  >

const AUTHORITIES = authorityOfEach()
/** The same names, other keys. */
const STRANGERS = authorityOfEach()
/** Issues what no signature of its own is needed for. */
const issuer = createAuthority()

const dsaWith = (oid: string, hash: string): SignatureScheme => ({
  identifier: der.sequence(der.oid(oid)),
  sign: (signed, key) => sign(hash, signed, { key, dsaEncoding: 'der' }),
})

/** How each row of the table is signed with. */
const SIGNED_WITH: Readonly<Record<string, readonly SignatureInput[]>> = {
  '1.2.840.113549.1.1.5': ['rsa-pkcs1-sha1'],
  '1.3.14.3.2.29': [declaredAs(der.sequence(der.oid('1.3.14.3.2.29'), der.nullValue()), 'rsa-pkcs1-sha1')],
  '1.2.840.113549.1.1.11': ['rsa-pkcs1-sha256'],
  '1.2.840.113549.1.1.12': ['rsa-pkcs1-sha384'],
  '1.2.840.113549.1.1.13': ['rsa-pkcs1-sha512'],
  '1.2.840.113549.1.1.10': ['rsa-pss-sha256', 'rsa-pss-sha384', 'rsa-pss-sha512'],
  '1.2.840.10045.4.1': ['ecdsa-sha1'],
  '1.2.840.10045.4.3.2': ['ecdsa-sha256'],
  '1.2.840.10045.4.3.3': ['ecdsa-sha384'],
  '1.2.840.10045.4.3.4': ['ecdsa-sha512'],
  '1.2.840.10040.4.3': ['dsa-sha1'],
  '2.16.840.1.101.3.4.3.1': [dsaWith('2.16.840.1.101.3.4.3.1', 'sha224')],
  '2.16.840.1.101.3.4.3.2': ['dsa-sha256'],
  '2.16.840.1.101.3.4.3.3': [dsaWith('2.16.840.1.101.3.4.3.3', 'sha384')],
  '2.16.840.1.101.3.4.3.4': [dsaWith('2.16.840.1.101.3.4.3.4', 'sha512')],
  '1.3.101.112': ['ed25519'],
  '1.3.101.113': ['ed448'],
  '2.16.840.1.101.3.4.3.17': ['ml-dsa-44'],
  '2.16.840.1.101.3.4.3.18': ['ml-dsa-65'],
  '2.16.840.1.101.3.4.3.19': ['ml-dsa-87'],
}

const rows = [...SIGNATURE_ALGORITHMS].flatMap(([oid, row]) =>
  row.keys
    .filter((kind) => KINDS.includes(kind))
    .flatMap((kind) =>
      (SIGNED_WITH[oid] ?? []).map((signature) => {
        const title = typeof signature === 'string' ? signature : `${row.name} as ${oid}`
        return { oid, row, kind, signature, title }
      }),
    ),
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

describe.each(rows)('$title under a key of $kind', ({ signature, kind, row }) => {
  const allowed = new Set(row.weaknesses)
  const authority = AUTHORITIES[kind]
  const leaf = authority.issue({ subject: 'alice', signature })
  const invalid = {
    code: 'ERR_SIGNATURES_INVALID',
    algorithm: row.name,
    certificate: { position: 0, subject: 'CN=alice' },
  }

  test('is accepted when genuine (RFC 5280 6.1.3 a 1)', () => {
    expect(verified(leaf, authority, allowed)).toEqual({ ok: true, value: undefined })
  })

  test.runIf(row.weaknesses.length > 0)('is refused unless each of its weaknesses is allowed by name', () => {
    for (const missing of row.weaknesses) {
      const others = new Set([...EVERY_WEAKNESS].filter((each) => each !== missing))
      for (const insufficient of [others, NO_WEAKNESS]) {
        expect(refusal(leaf, authority, insufficient)).toMatchObject({
          code:
            missing === 'DSA' || (row.weaknesses[0] === 'DSA' && insufficient === NO_WEAKNESS)
              ? 'ERR_SIGNATURES_DSA'
              : 'ERR_SIGNATURES_SHA1',
          algorithm: row.name,
          certificate: { position: 0 },
        })
      }
    }
  })

  test('is refused with one bit changed', () => {
    expect(refusal(broken.forgedSignature(leaf), authority, allowed)).toMatchObject(invalid)
  })

  test('is refused over other bytes', () => {
    const altered = broken.altered(leaf, (whole) => {
      const at = Buffer.from(whole).indexOf('alice')
      return Buffer.concat([whole.subarray(0, at), Buffer.from('mallo'), whole.subarray(at + 5)])
    })
    expect(refusal(altered, authority, allowed)).toMatchObject({
      code: 'ERR_SIGNATURES_INVALID',
      certificate: { subject: 'CN=mallo' },
    })
  })

  test('is refused under the key of another of the same name', () => {
    const other = STRANGERS[kind]
    expect(refusal(leaf, other, allowed)).toMatchObject(invalid)
    expect(refusal(other.issue({ subject: 'alice', signature }), authority, allowed)).toMatchObject(invalid)
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
    expect(refusal(resigned(leaf, change), authority, allowed)).toMatchObject(invalid)
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
      expect(refusal(leaf, AUTHORITIES[kind], EVERY_WEAKNESS)).toMatchObject({
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

describe('an algorithm that is broken', () => {
  const forgeable = (oid: string) => issuer.issue({ signature: unsigned(der.sequence(der.oid(oid), der.nullValue())) })

  /** Written out, so that a slip in the table shows. */
  const BROKEN = [
    { name: 'RSA with MD2', oid: '1.2.840.113549.1.1.2' },
    { name: 'RSA with MD4', oid: '1.2.840.113549.1.1.3' },
    { name: 'RSA with MD5', oid: '1.2.840.113549.1.1.4' },
  ]

  test.each(BROKEN)(
    'is refused by its name, whatever is allowed, whether the signature is genuine or not: $name (RFC 6151)',
    ({ oid, name }) => {
      const genuine = name === 'RSA with MD5' ? [AUTHORITIES.rsa.issue({ signature: 'rsa-pkcs1-md5' })] : []
      for (const leaf of [forgeable(oid), ...genuine]) {
        expect(parsed(leaf).signatureAlgorithm.oid).toBe(oid)
        for (const allowed of [NO_WEAKNESS, EVERY_WEAKNESS]) {
          expect(refusal(leaf, AUTHORITIES.rsa, allowed)).toMatchObject({
            code: 'ERR_SIGNATURES_MD5',
            algorithm: name,
            certificate: { position: 0 },
          })
        }
      }
    },
  )

  test('is one of these, and none that is verified', () => {
    expect([...BROKEN_ALGORITHMS]).toEqual(BROKEN.map(({ oid, name }) => [oid, name]))
    for (const oid of BROKEN_ALGORITHMS.keys()) expect(SIGNATURE_ALGORITHMS.has(oid)).toBe(false)
  })
})

describe('an algorithm that is weak', () => {
  /** Written out, so that a slip in the table shows. */
  const WEAK: Readonly<Record<string, readonly Weakness[]>> = {
    '1.2.840.113549.1.1.5': ['SHA-1'],
    '1.3.14.3.2.29': ['SHA-1'],
    '1.2.840.10045.4.1': ['SHA-1'],
    '1.2.840.10040.4.3': ['DSA', 'SHA-1'],
    '2.16.840.1.101.3.4.3.1': ['DSA'],
    '2.16.840.1.101.3.4.3.2': ['DSA'],
    '2.16.840.1.101.3.4.3.3': ['DSA'],
    '2.16.840.1.101.3.4.3.4': ['DSA'],
  }

  test('is one with SHA-1, and each of DSA (RFC 9155, FIPS 186-5)', () => {
    for (const [oid, { weaknesses }] of SIGNATURE_ALGORITHMS) expect([oid, weaknesses]).toEqual([oid, WEAK[oid] ?? []])
  })

  test('is DSA as a key, too (FIPS 186-5)', () => {
    const authority = AUTHORITIES.DSA
    expect(refusal(AUTHORITIES.rsa.issue(), authority)).toMatchObject({
      code: 'ERR_SIGNATURES_DSA',
      algorithm: 'DSA key',
      certificate: { position: 1 },
    })
    expect(refusal(AUTHORITIES.rsa.issue(), authority, EVERY_WEAKNESS).code).toBe('ERR_SIGNATURES_KEY_MISMATCH')
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
})

describe('the name of an algorithm', () => {
  test('is known for what is accepted and what is refused, else the identifier', () => {
    const nameOf = (oid: string) => algorithmName({ oid, parameters: null })
    expect(nameOf('1.2.840.10045.4.3.2')).toBe('ECDSA with sha256')
    expect(nameOf('1.2.840.113549.1.1.5')).toBe('RSA PKCS#1 v1.5 with sha1')
    expect(nameOf('1.2.840.113549.1.1.4')).toBe('RSA with MD5')
    expect(nameOf('1.2.3')).toBe('1.2.3')
  })
})
