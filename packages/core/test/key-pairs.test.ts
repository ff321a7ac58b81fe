import { createPrivateKey } from 'node:crypto'
import { createSecureContext, type SecureContextOptions } from 'node:tls'
import { createAuthority, serverCertificate } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { checkKeyPairs, findUnpaired, tlsOptions } from '../src/index.ts'

const authority = createAuthority('Server CA')
const pairOf = (type: 'p256' | 'rsa2048' | 'ed25519') => {
  const { fullChainPem: cert, privateKeyPem: key } = serverCertificate(authority, { key: type })
  return { cert, key }
}
const [ec, ec2, rsa, ed] = [pairOf('p256'), pairOf('p256'), pairOf('rsa2048'), pairOf('ed25519')]
const passphrase = 'secret'
const encrypted = (pem: string, secret = passphrase): string =>
  createPrivateKey(pem).export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: secret }).toString()

describe('each certificate has its key', () => {
  test.each<[string, SecureContextOptions]>([
    ['EC', ec],
    ['RSA', rsa],
    ['Ed25519', ed],
    ['as bytes', { cert: Buffer.from(rsa.cert), key: Buffer.from(rsa.key) }],
    ['both in one file', { cert: ec.cert + ec.key, key: ec.cert + ec.key }],
    ['one of each type, in any order', { cert: [ec.cert, rsa.cert], key: [rsa.key, ec.key] }],
    ['with a passphrase', { cert: ec.cert, key: encrypted(ec.key), passphrase }],
    ['with one of its own', { cert: ec.cert, key: [{ pem: encrypted(ec.key, 'own'), passphrase: 'own' }], passphrase }],
  ])('%s', (_, pairs) => {
    expect(() => createSecureContext(pairs)).not.toThrow()
    expect(findUnpaired(pairs)).toBeNull()
    expect(() => tlsOptions(pairs)).not.toThrow()
  })
})

describe('a certificate or a key that stands alone is refused, also where OpenSSL takes it', () => {
  test.each<[string, SecureContextOptions, 'cert' | 'key', 'taken' | 'refused']>([
    ['an EC certificate beside an RSA key', { cert: ec.cert, key: rsa.key }, 'cert', 'taken'],
    ['an RSA certificate beside an EC key', { cert: rsa.cert, key: ec.key }, 'cert', 'taken'],
    ['an EC certificate beside a key of Ed25519', { cert: ec.cert, key: ed.key }, 'cert', 'taken'],
    ['one of two certificates', { cert: [ec.cert, rsa.cert], key: ec.key }, 'cert', 'taken'],
    ['one of two keys', { cert: ec.cert, key: [ec.key, rsa.key] }, 'key', 'taken'],
    ['behind a passphrase', { cert: ec.cert, key: encrypted(rsa.key), passphrase }, 'cert', 'taken'],
    ['a key of another certificate of its type', { cert: ec.cert, key: ec2.key }, 'cert', 'refused'],
  ])('%s', (_, pairs, unpaired, byOpenssl) => {
    const make = () => createSecureContext(pairs)
    if (byOpenssl === 'taken') expect(make).not.toThrow()
    else expect(make).toThrow()
    expect(findUnpaired(pairs)).toBe(unpaired)
    const refused = {
      code: 'ERR_CONFIG_VALUE',
      option: 'tls.key',
      message: expect.stringContaining('`cert`') as string,
    }
    expect(() => checkKeyPairs(pairs, 'tls.')).toThrow(expect.objectContaining(refused))
    expect(() => tlsOptions(pairs)).toThrow(expect.objectContaining({ code: 'ERR_CONFIG_VALUE', option: 'key' }))
  })
})

test.each<[string, SecureContextOptions]>([
  ['half a key', { cert: ec.cert, key: ec.key.slice(0, 80) }],
  ['half a certificate', { cert: ec.cert.slice(0, 200), key: ec.key }],
  ['a wrong passphrase', { cert: ec.cert, key: encrypted(ec.key), passphrase: 'wrong' }],
  ['no passphrase', { cert: ec.cert, key: encrypted(ec.key) }],
])('what cannot be read is left to OpenSSL, which refuses it: %s', (_, pairs) => {
  expect(findUnpaired(pairs)).toBeNull()
  expect(() => createSecureContext(pairs)).toThrow()
})
