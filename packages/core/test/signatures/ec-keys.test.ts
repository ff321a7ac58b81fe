import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import {
  type Authority,
  createAuthority,
  der,
  ecPublicKey,
  generateKeyPair,
  type Leaf,
  schemeOf,
  spkiOf,
} from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { verifyCertificate } from '../../src/index.ts'
import { importKey, type KeyFormat } from '../../src/signatures/import-key.ts'
import { membersOf } from '../x509/minted.ts'
import { modulo, numberOf, octetsOf, squareRoot } from './arithmetic.ts'
import { judged, problemOf, refusal, verified } from './placed.ts'

const CURVES = {
  'P-256': {
    type: 'p256',
    oid: '1.2.840.10045.3.1.7',
    octets: 32,
    prime: 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n,
  },
  'P-384': {
    type: 'p384',
    oid: '1.3.132.0.34',
    octets: 48,
    prime: 2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n,
  },
  'P-521': { type: 'p521', oid: '1.3.132.0.35', octets: 66, prime: 2n ** 521n - 1n },
} as const
type CurveName = keyof typeof CURVES
const NAMES = Object.keys(CURVES) as readonly CurveName[]
const FORMATS: readonly KeyFormat[] = ['jwk', 'spki']

const spki = (point: Uint8Array, ...parameters: readonly Uint8Array[]) =>
  der.sequence(der.sequence(der.oid('1.2.840.10045.2.1'), ...parameters), der.bitString(point))
const onCurve = (name: CurveName, point: Uint8Array) => spki(point, der.oid(CURVES[name].oid))

/** A genuine point, apart. */
function pointOf(name: CurveName): Readonly<{ x: bigint; y: bigint; encoded: Uint8Array }> {
  const [, bits = new Uint8Array()] = membersOf(spkiOf(generateKeyPair(CURVES[name].type)))
  const { octets } = CURVES[name]
  const encoded = bits.slice(bits.length - 1 - 2 * octets)
  return { x: numberOf(encoded.subarray(1, 1 + octets)), y: numberOf(encoded.subarray(1 + octets)), encoded }
}

const encode = (name: CurveName, x: bigint, y: bigint) =>
  der.concat(Uint8Array.of(4), octetsOf(x, CURVES[name].octets), octetsOf(y, CURVES[name].octets))

/** Imports the key in both forms; true or false where they agree, as they have to. */
function isImported(key: Uint8Array): boolean {
  const judgement = judged(key)
  if (!judgement.ok) throw new Error(`refused with ${judgement.failure.code}`)
  const [one, other] = FORMATS.map((format) => {
    try {
      return importKey(judgement.value, format).type === 'public'
    } catch {
      return false
    }
  })
  expect(one).toBe(other)
  return one ?? false
}

/** What the runtime says of it, whatever is said here. */
function isImportedBelow(key: Uint8Array): boolean {
  try {
    return createPublicKey({ key: Buffer.from(key), format: 'der', type: 'spki' }).type === 'public'
  } catch {
    return false
  }
}

/** What a verifier says of a genuine signature by somebody else under such a key. */
const refusalOf = (key: Uint8Array, signer: Authority) =>
  refusal(signer.issue(), createAuthority({ key: signer, subjectPublicKeyInfo: key }))

describe.each(NAMES)('a point on %s', (name) => {
  const { oid, octets, prime, type } = CURVES[name]
  const { x, y, encoded } = pointOf(name)
  const authority = createAuthority({ key: type })
  const wrongPoint = (reason: string) => ({ code: 'ERR_SIGNATURES_EC_POINT', evidence: { curve: name, reason } })

  test('is two coordinates at full width (RFC 5480 2.2)', () => {
    expect(judged(onCurve(name, encoded))).toMatchObject({ ok: true, value: { kind: name } })
    expect(isImported(onCurve(name, encoded))).toBe(true)
    expect(verified(authority.issue(), authority).ok).toBe(true)
  })

  test('is refused compressed, though the runtime reads it (RFC 5480 2.2)', () => {
    const keys = generateKeyPair(type)
    expect(problemOf(ecPublicKey(keys.publicKey, 'compressed'))).toEqual(wrongPoint('compressed'))
    expect(problemOf(ecPublicKey(keys.publicKey, 'hybrid'))).toEqual(wrongPoint('not an uncompressed point'))
    for (const parity of [2, 3]) {
      expect(problemOf(onCurve(name, der.concat(Uint8Array.of(parity), octetsOf(x, octets))))).toEqual(
        wrongPoint('compressed'),
      )
    }
  })

  test.each([
    ['no octets', () => new Uint8Array()],
    ['infinity', () => Uint8Array.of(0)],
    ['a form that does not exist', () => encoded.with(0, 5)],
  ])('is refused as %s (SEC 1 2.3.4)', (_, point) => {
    expect(problemOf(onCurve(name, point()))).toEqual(wrongPoint('not an uncompressed point'))
  })

  test.each([
    ['an octet short', () => encoded.slice(0, -1)],
    ['an octet long', () => der.concat(encoded, Uint8Array.of(0))],
    ['of one coordinate', () => encoded.slice(0, 1 + octets)],
    ['of its form alone', () => encoded.slice(0, 1)],
    [
      'without the leading zeros of its coordinates',
      () => der.concat(Uint8Array.of(4), octetsOf(x, octets).subarray(1), octetsOf(y, octets).subarray(1)),
    ],
  ])('is refused when it is %s (RFC 5480 2.2)', (_, point) => {
    expect(problemOf(onCurve(name, point()))).toEqual(wrongPoint('of the wrong width'))
  })

  test('is refused under the name of another curve', () => {
    for (const other of NAMES.filter((each) => each !== name)) {
      expect(problemOf(onCurve(other, encoded))).toMatchObject({
        code: 'ERR_SIGNATURES_EC_POINT',
        evidence: { curve: other },
      })
    }
  })

  test.each([
    ['its neighbour', () => encode(name, x, modulo(y + 1n, prime))],
    ['the origin', () => encode(name, 0n, 0n)],
    ['its mirror in the other coordinate', () => encode(name, modulo(-x, prime), y)],
    ['coordinates that are the prime', () => encode(name, prime, prime)],
  ])('is refused where it is not on the curve, as the runtime refuses it (SEC 1 3.2.2.1): %s', (_, point) => {
    const key = onCurve(name, point())
    expect(problemOf(key)).toEqual(wrongPoint('not on its curve'))
    expect(isImportedBelow(key)).toBe(false)
    expect(refusalOf(key, authority)).toMatchObject({
      code: 'ERR_SIGNATURES_EC_POINT',
      curve: name,
      certificate: { position: 1, subject: 'CN=Root CA' },
    })
  })

  test('is refused as the key of a client, too, which nobody else would notice behind a proxy', async () => {
    const good = authority.issue({ key: name === 'P-256' ? 'p256' : name === 'P-384' ? 'p384' : 'p521' })
    const bad = authority.issue({ subjectPublicKeyInfo: onCurve(name, encode(name, x, modulo(y + 1n, prime))) })
    const decide = (leaf: Leaf) =>
      verifyCertificate(
        { der: leaf.certificate.der },
        { trust: { pem: authority.certificate.pem }, clock: () => authority.at },
      )
    expect((await decide(good)).outcome).toBe('accepted')
    expect(await decide(bad)).toMatchObject({
      failure: { code: 'ERR_SIGNATURES_EC_POINT', certificate: { position: 0 } },
    })
  })

  test('is refused where a coordinate is the prime too large (SEC 1 2.3.4)', () => {
    const b = modulo(y * y - x * x * x + 3n * x, prime)
    // With a small x there is room for the prime to be added.
    for (let small = 0n; ; small++) {
      const root = squareRoot(small * small * small - 3n * small + b, prime)
      if (root === undefined) continue
      expect(isImported(onCurve(name, encode(name, small, root)))).toBe(true)
      const key = onCurve(name, encode(name, small + prime, root))
      expect(problemOf(key)).toEqual(wrongPoint('not on its curve'))
      expect(isImportedBelow(key)).toBe(false)
      return
    }
  })

  test('is on a curve that is named, never spelled out (RFC 5480 2.1.1, CVE-2020-0601)', () => {
    const explicit = generateKeyPairSync('ec', { namedCurve: name, paramEncoding: 'explicit' })
    expect(problemOf(spkiOf(explicit))).toEqual({
      code: 'ERR_SIGNATURES_EC_CURVE',
      evidence: { curve: '(explicit parameters)' },
    })
    const signed = createAuthority({ key: explicit })
    expect(refusal(signed.issue(), signed)).toMatchObject({
      code: 'ERR_SIGNATURES_EC_CURVE',
      certificate: { position: 1 },
    })
    expect(judged(spki(encoded, der.oid(oid))).ok).toBe(true)
  })
})

describe('an elliptic curve', () => {
  const { encoded } = pointOf('P-256')

  test.each([
    ['secp256k1', () => spkiOf(generateKeyPair('secp256k1')), '1.3.132.0.10'],
    ['P-224', () => spki(encoded, der.oid('1.3.132.0.33')), '1.3.132.0.33'],
    ['P-192', () => spki(encoded, der.oid('1.2.840.10045.3.1.1')), '1.2.840.10045.3.1.1'],
    ['brainpoolP256r1', () => spki(encoded, der.oid('1.3.36.3.3.2.8.1.1.7')), '1.3.36.3.3.2.8.1.1.7'],
    ['SM2', () => spki(encoded, der.oid('1.2.156.10197.1.301')), '1.2.156.10197.1.301'],
    ['nobody', () => spki(encoded), '(none)'],
    ['its issuer, by NULL (implicitCurve)', () => spki(encoded, der.nullValue()), '(explicit parameters)'],
    ['a SEQUENCE', () => spki(encoded, der.sequence(der.integer(1))), '(explicit parameters)'],
  ])('is refused when it is that of %s (RFC 5480 2.1.1)', (_, key, curve) => {
    expect(problemOf(key())).toEqual({ code: 'ERR_SIGNATURES_EC_CURVE', evidence: { curve } })
  })

  test('of secp256k1 is refused though its signature is genuine', () => {
    const authority = createAuthority({ key: 'secp256k1' })
    expect(refusal(authority.issue({ signature: 'ecdsa-sha256' }), authority).code).toBe('ERR_SIGNATURES_EC_CURVE')
  })

  test('is malformed by an identifier that is none', () => {
    expect(problemOf(spki(encoded, der.hex('06 02 80 01')))).toMatchObject({
      code: 'ERR_SIGNATURES_KEY_MALFORMED',
      evidence: { algorithm: 'EC' },
    })
  })
})

describe('an ECDSA signature', () => {
  const authority = createAuthority()
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

  /** A genuine signature, changed before it goes into the certificate. */
  const changed = (change: (r: bigint, s: bigint) => Uint8Array) => {
    const { identifier, sign } = schemeOf('ecdsa-sha256')
    return authority.issue({
      signature: {
        identifier,
        sign: (message, key) => {
          const [r = new Uint8Array(), s = new Uint8Array()] = membersOf(sign(message, key))
          return change(numberOf(r.subarray(2)), numberOf(s.subarray(2)))
        },
      },
    })
  }

  test('is DER of two numbers, and as good with its other s: the standard has it so (FIPS 186-5 6.4.2)', () => {
    expect(
      verified(
        changed((r, s) => der.sequence(der.integer(r), der.integer(s))),
        authority,
      ).ok,
    ).toBe(true)
    expect(
      verified(
        changed((r, s) => der.sequence(der.integer(r), der.integer(order - s))),
        authority,
      ).ok,
    ).toBe(true)
  })

  test.each([
    ['64 octets without DER, as JWS has it', (r: bigint, s: bigint) => der.concat(octetsOf(r, 32), octetsOf(s, 32))],
    [
      'something behind it',
      (r: bigint, s: bigint) => der.concat(der.sequence(der.integer(r), der.integer(s)), der.nullValue()),
    ],
    ['a third number', (r: bigint, s: bigint) => der.sequence(der.integer(r), der.integer(s), der.integer(0))],
    [
      'a padded number (X.690 8.3.2)',
      (r: bigint, s: bigint) =>
        der.sequence(der.integer(der.concat(Uint8Array.of(0, 0), octetsOf(r, 32))), der.integer(s)),
    ],
    ['r zero', (_: bigint, s: bigint) => der.sequence(der.integer(0), der.integer(s))],
    ['both zero (CVE-2022-21449)', () => der.sequence(der.integer(0), der.integer(0))],
    ['both the order of the group', () => der.sequence(der.integer(order), der.integer(order))],
    ['the order added to s', (r: bigint, s: bigint) => der.sequence(der.integer(r), der.integer(s + order))],
    ['s negative', (r: bigint, s: bigint) => der.sequence(der.integer(r), der.integer(-s))],
  ])('is refused with %s', (_, change) => {
    expect(refusal(changed(change), authority).code).toBe('ERR_SIGNATURES_INVALID')
  })
})
