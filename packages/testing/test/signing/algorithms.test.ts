import { constants, verify } from 'node:crypto'
import {
  createAuthority,
  createKeyPool,
  der,
  pssParameters,
  rsaPss,
  type SignatureName,
  schemeOf,
} from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { opensslText, opensslVerify } from '../openssl.ts'
import { partsOf } from '../parts-of.ts'

const keyPool = createKeyPool({ size: 1 })
const roots = {
  rsa: createAuthority({ key: 'rsa2048', keyPool }),
  ec: createAuthority({ key: 'p256' }),
}

describe('a signature', () => {
  const cases: Array<[SignatureName, keyof typeof roots, string]> = [
    ['rsa-pkcs1-md5', 'rsa', 'md5WithRSAEncryption'],
    ['rsa-pkcs1-sha1', 'rsa', 'sha1WithRSAEncryption'],
    ['rsa-pkcs1-sha224', 'rsa', 'sha224WithRSAEncryption'],
    ['rsa-pkcs1-sha256', 'rsa', 'sha256WithRSAEncryption'],
    ['rsa-pkcs1-sha384', 'rsa', 'sha384WithRSAEncryption'],
    ['rsa-pkcs1-sha512', 'rsa', 'sha512WithRSAEncryption'],
    ['rsa-pss-sha256', 'rsa', 'rsassaPss'],
    ['rsa-pss-sha384', 'rsa', 'rsassaPss'],
    ['rsa-pss-sha512', 'rsa', 'rsassaPss'],
    ['ecdsa-sha1', 'ec', 'ecdsa-with-SHA1'],
    ['ecdsa-sha224', 'ec', 'ecdsa-with-SHA224'],
    ['ecdsa-sha256', 'ec', 'ecdsa-with-SHA256'],
    ['ecdsa-sha384', 'ec', 'ecdsa-with-SHA384'],
    ['ecdsa-sha512', 'ec', 'ecdsa-with-SHA512'],
  ]
  test.for(cases)('%s verifies, and openssl knows it by that name', ([signature, kind, name], context) => {
    const root = roots[kind]
    const leaf = root.issue({ signature })
    expect(leaf.certificate.x509.verify(root.publicKey)).toBe(true)
    expect(opensslText(context, leaf)).toContain(`Signature Algorithm: ${name}`)
  })

  test('of an unknown name is refused with those there are', () => {
    expect(() => schemeOf('rs256' as SignatureName)).toThrow(/unknown signature "rs256".*rsa-pkcs1-sha256/)
  })

  test('of an id-RSASSA-PSS key is accepted by openssl verify', (context) => {
    const root = createAuthority({ key: 'rsa-pss2048', keyPool })
    expect(opensslVerify(context, root, root.issue())).toBe('OK')
  })
})

describe('RSASSA-PSS', () => {
  test('with different hashes for message and mask is what openssl reads and verifies (RFC 4055 3.1)', (context) => {
    const leaf = roots.rsa.issue({ signature: rsaPss({ hash: 'sha256', mgf1Hash: 'sha512', saltLength: 11 }) })
    const text = opensslText(context, leaf)
    expect(text).toMatch(/Hash Algorithm: sha256\s+Mask Algorithm: mgf1 with sha512\s+Salt Length: 0x0B/)
    expect(opensslVerify(context, roots.rsa, leaf)).toBe('OK')
  })

  test('by our own encoding is the signature that crypto.verify expects (RFC 8017 9.1.1)', () => {
    const scheme = rsaPss({ hash: 'sha256', mgf1Hash: 'sha1', saltLength: 32 })
    const message = Buffer.from('message')
    const signature = scheme.sign(message, roots.rsa.privateKey)
    const key = { key: roots.rsa.publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
    // MGF1 with SHA-1 is not what it assumes; that X509Certificate.verify reads the parameters is tested above.
    expect(verify('sha256', message, key, signature)).toBe(false)
  })

  test('leaves out exactly the parameters that are left out', () => {
    expect(Buffer.from(pssParameters({})).toString('hex')).toBe('3000')
    expect(Buffer.from(pssParameters({ saltLength: 20, trailerField: 1 })).toString('hex')).toBe(
      '300aa203020114a303020101',
    )
  })

  test('declares no parameters, or any bytes, when asked', () => {
    const absent = roots.rsa.issue({ signature: rsaPss({ parameters: 'absent' }) })
    expect(Buffer.from(partsOf(absent.certificate.der).signatureAlgorithm).toString('hex')).toBe(
      '300b06092a864886f70d01010a',
    )
    const odd = roots.rsa.issue({ signature: rsaPss({ parameters: der.nullValue() }) })
    expect(Buffer.from(partsOf(odd.certificate.der).signatureAlgorithm).toString('hex')).toBe(
      '300d06092a864886f70d01010a0500',
    )
  })

  test('refuses a salt that does not fit the key', () => {
    expect(() => roots.rsa.issue({ signature: rsaPss({ mgf1Hash: 'sha1', saltLength: 223 }) })).toThrow(RangeError)
    expect(roots.rsa.issue({ signature: rsaPss({ mgf1Hash: 'sha1', saltLength: 222 }) })).toBeDefined()
  })
})
