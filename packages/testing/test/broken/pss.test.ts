import { constants, verify } from 'node:crypto'
import { broken, createAuthority, type Leaf } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { opensslVerify } from '../openssl.ts'
import { partsOf } from '../parts-of.ts'

const root = createAuthority({ key: 'rsa2048' })

/** What `crypto.verify` says when it is told no more than that this is RSASSA-PSS with SHA-256. */
function bareVerdict(leaf: Leaf, options: object = {}): boolean {
  const { tbs, signature } = partsOf(leaf.certificate.der)
  const key = { key: root.publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, ...options }
  return verify('sha256', tbs, key, signature)
}

describe('RSASSA-PSS parameters (RFC 4055 3.1)', () => {
  test('without saltLength mean 20; crypto.verify takes the 32 it finds, and openssl does not', (context) => {
    const leaf = broken.pssWithoutSaltLength(root)
    expect(bareVerdict(leaf)).toBe(true)
    expect(bareVerdict(leaf, { saltLength: 20 })).toBe(false)
    expect(opensslVerify(context, root, leaf)).not.toBe('OK')
  })

  test('that declare another mask hash than was used are ignored by crypto.verify, and not by openssl', (context) => {
    const leaf = broken.pssWithOtherMgf1Hash(root)
    expect(bareVerdict(leaf, { saltLength: 32, mgf1HashAlgorithm: 'sha1' })).toBe(true)
    expect(opensslVerify(context, root, leaf)).not.toBe('OK')
  })

  test('that are missing leave crypto.verify content, and openssl not', (context) => {
    const leaf = broken.pssWithoutParameters(root)
    expect(bareVerdict(leaf)).toBe(true)
    expect(opensslVerify(context, root, leaf)).not.toBe('OK')
  })

  test('that declare a mask by SHA-1 and mean it are good to openssl, and wrong to crypto.verify', (context) => {
    const leaf = broken.pssWithSha1Mask(root)
    expect(opensslVerify(context, root, leaf)).toBe('OK')
    expect(bareVerdict(leaf, { saltLength: 32, mgf1HashAlgorithm: 'sha1' })).toBe(false)
  })
})
