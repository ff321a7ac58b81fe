import { broken, createAuthority, der, ed25519PublicKey, pssParameters, rsaPss } from '@clientcert/testing'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { SIGNATURES_FAILURES, type SignaturesFailure } from '../../src/signatures/failures.ts'
import { declaredAs, refusal, unsigned } from './placed.ts'

// What is loaded here with parts replaced is not for the files that come after.
afterAll(() => void vi.resetModules())

const ec = createAuthority()
const rsa = createAuthority({ key: 'rsa2048' })
const forged = ({ root, leaf }: ReturnType<typeof broken.rsaExponentOne>) => refusal(leaf, root)
const underKey = (subjectPublicKeyInfo: Uint8Array) => refusal(ec.issue(), createAuthority({ subjectPublicKeyInfo }))

/** One way to each code; the compiler misses no row. */
const PRODUCED: Readonly<
  Record<keyof typeof SIGNATURES_FAILURES, () => SignaturesFailure | Promise<SignaturesFailure>>
> = {
  ERR_SIGNATURES_UNSUPPORTED: () => refusal(rsa.issue({ signature: 'rsa-pkcs1-sha224' }), rsa),
  // A runtime that fails the test with a known answer, whichever this one is.
  ERR_SIGNATURES_UNAVAILABLE: async () => {
    vi.resetModules()
    vi.doMock('../../src/signatures/ml-dsa-known-answers.ts', async (original) => ({
      ...(await original<object>()),
      KNOWN_MESSAGE: 'another message',
    }))
    const { refusal: refusalThere } = await import('./placed.ts')
    vi.doUnmock('../../src/signatures/ml-dsa-known-answers.ts')
    const identifier = der.sequence(der.oid('2.16.840.1.101.3.4.3.17'))
    const subjectPublicKeyInfo = der.sequence(identifier, der.bitString(new Uint8Array(1_312)))
    const authority = createAuthority({ subjectPublicKeyInfo, signature: unsigned(identifier) })
    return refusalThere(authority.issue({ signature: unsigned(identifier) }), authority)
  },
  ERR_SIGNATURES_MD5: () => refusal(rsa.issue({ signature: 'rsa-pkcs1-md5' }), rsa),
  ERR_SIGNATURES_SHA1: () => refusal(rsa.issue({ signature: 'rsa-pkcs1-sha1' }), rsa),
  ERR_SIGNATURES_DSA: () => {
    const dsa = createAuthority({ key: 'dsa2048' })
    return refusal(dsa.issue(), dsa)
  },
  ERR_SIGNATURES_PARAMETERS: () => {
    const identifier = der.sequence(der.oid('1.2.840.10045.4.3.2'), der.nullValue())
    return refusal(ec.issue({ signature: declaredAs(identifier, 'ecdsa-sha256') }), ec)
  },
  ERR_SIGNATURES_PSS_PARAMETERS: () =>
    refusal(rsa.issue({ signature: rsaPss({ parameters: pssParameters({}) }) }), rsa),
  ERR_SIGNATURES_PSS_SALT_LENGTH: () => refusal(broken.pssWithoutSaltLength(rsa), rsa),
  ERR_SIGNATURES_KEY_UNSUPPORTED: () =>
    underKey(der.sequence(der.sequence(der.oid('1.3.101.110')), der.bitString(new Uint8Array(32).fill(9)))),
  ERR_SIGNATURES_KEY_MALFORMED: () => underKey(ed25519PublicKey(new Uint8Array(31))),
  ERR_SIGNATURES_KEY_MISMATCH: () => refusal(ec.issue(), rsa),
  ERR_SIGNATURES_RSA_SIZE: () => {
    const small = createAuthority({ key: 'rsa1024' })
    return refusal(small.issue(), small)
  },
  ERR_SIGNATURES_RSA_MODULUS: () => forged(broken.rsaEvenModulus()),
  ERR_SIGNATURES_RSA_EXPONENT: () => forged(broken.rsaExponentOne()),
  ERR_SIGNATURES_EC_CURVE: () => {
    const other = createAuthority({ key: 'secp256k1', signature: 'ecdsa-sha256' })
    return refusal(other.issue({ signature: 'ecdsa-sha256' }), other)
  },
  ERR_SIGNATURES_EC_POINT: () => refusal(ec.issue(), broken.pointForm(ec, 'compressed')),
  ERR_SIGNATURES_EDDSA_NOT_CANONICAL: () => forged(broken.smallOrderEd25519('non-canonical identity')),
  ERR_SIGNATURES_EDDSA_SMALL_ORDER: () => forged(broken.smallOrderEd25519()),
  ERR_SIGNATURES_INVALID: () => refusal(broken.forgedSignature(ec.issue()), ec),
}

describe('failures of the signatures leg', () => {
  test.each(Object.entries(PRODUCED))('%s is produced, complete, and names its certificate', async (code, produce) => {
    const failure = await produce()
    const fault = code === 'ERR_SIGNATURES_UNAVAILABLE' ? 'server' : 'client'
    expect(failure).toMatchObject({ code, leg: 'signatures', fault, others: [] })
    expect([0, 1]).toContain(failure.certificate?.position)
    expect(failure.certificate?.subject).toMatch(/^CN=/)
    for (const text of [failure.message, failure.hint, failure.clause]) expect(text).toMatch(/\S{3}/)
    expect(Object.isFrozen(failure)).toBe(true)
  })

  test('are all here', () => {
    expect(Object.keys(PRODUCED).sort()).toEqual(Object.keys(SIGNATURES_FAILURES).sort())
  })

  test('name the certificate that is at fault: the signed one for its algorithm, the issuer for its key', async () => {
    expect((await PRODUCED.ERR_SIGNATURES_SHA1()).certificate?.position).toBe(0)
    expect((await PRODUCED.ERR_SIGNATURES_INVALID()).certificate?.position).toBe(0)
    expect((await PRODUCED.ERR_SIGNATURES_KEY_MISMATCH()).certificate?.position).toBe(0)
    expect((await PRODUCED.ERR_SIGNATURES_RSA_EXPONENT()).certificate?.position).toBe(1)
    expect((await PRODUCED.ERR_SIGNATURES_EC_POINT()).certificate?.position).toBe(1)
  })

  test('of a signature that does not verify name the issuer that was tried, and both key identifiers (RFC 5280 4.2.1.1)', () => {
    const hex = (octets: Uint8Array) => Buffer.from(octets).toString('hex')
    const [named, held] = [new Uint8Array(20).fill(1), new Uint8Array(40).fill(2)]
    const issuer = createAuthority({ subject: 'Issued\u202eAgain', subjectKeyIdentifier: held })
    const leaf = broken.forgedSignature(issuer.issue({ authorityKeyIdentifier: { keyIdentifier: named } }))
    expect(refusal(leaf, issuer)).toMatchObject({
      code: 'ERR_SIGNATURES_INVALID',
      issuer: 'CN=Issued\\u{202e}Again',
      issuerFingerprint: issuer.certificate.x509.fingerprint256.replaceAll(':', '').toLowerCase(),
      keyIdentifier: hex(held.subarray(0, 32)),
      namedKeyIdentifier: hex(named),
    })
    const without = createAuthority({ subjectKeyIdentifier: null })
    expect(refusal(broken.forgedSignature(without.issue()), without)).toMatchObject({
      keyIdentifier: null,
      namedKeyIdentifier: null,
    })
  })

  test('hold no octet of key or signature', () => {
    const { root, leaf } = broken.rsaExponentOne()
    const shown = JSON.stringify(refusal(leaf, root))
    expect(shown).not.toContain(Buffer.from(leaf.certificate.der).subarray(-32).toString('hex'))
  })
})
