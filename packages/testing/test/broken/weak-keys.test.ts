import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { broken, spkiOf } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { partsOf } from '../parts-of.ts'

const nodeMajor = Number(process.versions.node.split('.')[0])

/** The weak key of a forgery, imported by both ways that Node has. */
function importsOf({ root }: broken.Forgery): Array<[format: string, key: KeyObject]> {
  const fromSpki = root.certificate.x509.publicKey
  return [
    ['SPKI', fromSpki],
    ['JWK', createPublicKey({ key: fromSpki.export({ format: 'jwk' }), format: 'jwk' })],
  ]
}

/** What bare `crypto.verify` says of the leaf, for each import of the key. */
function verdicts(forgery: broken.Forgery, digest: 'sha256' | null): boolean[] {
  const { tbs, signature } = partsOf(forgery.leaf.certificate.der)
  return importsOf(forgery).map(([, key]) => verify(digest, tbs, key, signature))
}

describe('crypto.verify accepts, and a verifier of certificates must not,', () => {
  test('a signature that nobody made, by RSA with exponent 1 (RFC 8017 3.1)', () => {
    expect(verdicts(broken.rsaExponentOne(), 'sha256')).toEqual([true, true])
  })

  test('a square root, by RSA with exponent 2 (RFC 8017 3.1)', () => {
    expect(verdicts(broken.rsaEvenExponent(), 'sha256')).toEqual([true, true])
  })

  const points = ['identity', 'non-canonical identity', 'order 2', 'order 4', 'order 8'] as const
  test.each(points)('on Node 20 and 22 a signature of zeros, by the Ed25519 point %s (RFC 8032 5.1.7)', (point) => {
    const accepted = nodeMajor < 24
    expect(verdicts(broken.smallOrderEd25519(point), null)).toEqual([accepted, accepted])
  })
})

test('crypto.verify refuses an even RSA modulus today, though the arithmetic of the signature holds', () => {
  const forgery = broken.rsaEvenModulus()
  expect(verdicts(forgery, 'sha256')).toEqual([false, false])

  const { n } = forgery.root.certificate.x509.publicKey.export({ format: 'jwk' })
  const modulus = BigInt(`0x${Buffer.from(n ?? '', 'base64url').toString('hex')}`)
  const { signature } = partsOf(forgery.leaf.certificate.der)
  const opened = power(BigInt(`0x${Buffer.from(signature).toString('hex')}`), 65_537, modulus)
  expect(modulus % 2n).toBe(0n)
  expect(opened.toString(16).padStart(512, '0')).toMatch(/^0001(ff){202}003031300d0609608648016503040201/)
})

describe('a forgery', () => {
  test('is self-signed at the top and names its issuer, like any certificate', () => {
    const { root, leaf } = broken.rsaExponentOne({ subject: 'mallory' })
    expect(root.certificate.x509.checkIssued(root.certificate.x509)).toBe(true)
    expect(root.certificate.x509.verify(root.certificate.x509.publicKey)).toBe(true)
    expect(leaf.certificate.x509.checkIssued(root.certificate.x509)).toBe(true)
    expect(leaf.certificate.x509.subject).toBe('CN=mallory')
  })

  test('has an honest key of its own, so that it can be presented in a handshake', () => {
    const { leaf } = broken.smallOrderEd25519()
    expect(leaf.certificate.x509.checkPrivateKey(leaf.privateKey)).toBe(true)
  })

  test('was made without the private key of the authority: its key object is not the certified one', () => {
    const { root } = broken.rsaExponentOne()
    const certified = root.certificate.x509.publicKey.export({ type: 'spki', format: 'der' })
    expect(certified).not.toEqual(Buffer.from(spkiOf(root)))
    expect(root.certificate.x509.checkPrivateKey(root.privateKey)).toBe(false)
  })

  test('gives up on bytes that the caller has fixed and no signature fits', () => {
    const { privateKey: key } = broken.selfSigned()
    const forge = (serialNumber: bigint) => () => broken.smallOrderEd25519('order 8', { key, serialNumber })
    // One serial number in eight has a signature: that all of these do happens once in 10^14.
    const refused = Array.from({ length: 16 }, (_, index) => forge(BigInt(index))).find((attempt) => throws(attempt))
    expect(refused).toThrow(/does not vanish/)
  })
})

function throws(attempt: () => unknown): boolean {
  try {
    attempt()
    return false
  } catch {
    return true
  }
}

function power(base: bigint, exponent: number, modulus: bigint): bigint {
  let result = 1n
  for (const bit of exponent.toString(2)) {
    result = (result * result) % modulus
    if (bit === '1') result = (result * base) % modulus
  }
  return result
}
