/** What material is taken, and what is refused of it: the rules of one load, without files. */
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { createAuthority, DEFAULT_CLOCK, type KeyType, mintCrl, pemOf as pemBlock } from '@clientcert/testing'
import { expect, test } from 'vitest'
import type { FoundMaterial } from '../../src/material/found-material.ts'
import type { LoadedMaterial } from '../../src/material/material.ts'
import { MaterialError } from '../../src/material/material-error.ts'
import type { MaterialCode } from '../../src/material/material-failures.ts'
import { parseMaterial } from '../../src/material/parse-material.ts'
import { issuing, named, otherRoot, pair, root } from './material-files.ts'

interface Given {
  readonly certChain?: string
  readonly privateKey?: string
  readonly passphrase?: string
  readonly ca?: string
}

const ours = named('ours')
const rootPem = root.certificate.pem

const found = ({ certChain, privateKey, passphrase, ca }: Given): FoundMaterial => {
  const part = (option: string, text: string) => ({ option, from: `/certs/${option}`, bytes: Buffer.from(text) })
  return {
    own: {
      kind: 'pair',
      certChain: part('certChainFile', certChain ?? ours.certChain),
      privateKey: part('privateKeyFile', privateKey ?? ours.privateKey),
      passphrase,
    },
    authorities: ca === undefined ? null : part('caCertChainFile', ca),
  }
}

const load = (given: Given, at = DEFAULT_CLOCK): LoadedMaterial => parseMaterial(found({ ca: rootPem, ...given }), at)

function failureOf(given: Given, at = DEFAULT_CLOCK): MaterialError {
  try {
    load(given, at)
  } catch (error) {
    if (error instanceof MaterialError) return error
    throw error
  }
  throw new Error('it was taken')
}

test('takes a chain with the key of its first certificate, and the authorities that are given', () => {
  expect(load({})).toMatchObject({
    identity: { cert: ours.certChain, key: Buffer.from(ours.privateKey) },
    spiffeId: null,
    authorities: [rootPem],
    authoritiesFrom: 'given',
  })
  expect(Buffer.from(load({}).endEntity?.der ?? [])).toEqual(Buffer.from(ours.leaf.certificate.der))
})

test('takes our SPIFFE id from the only URI of an end entity (X509-SVID 2), and none from two', () => {
  const [one, another] = ['spiffe://prod/ns/a/sa/b', 'spiffe://prod/ns/a/sa/c']
  expect(load(named('svid', { san: { uri: one } })).spiffeId).toBe(one)
  expect(load(named('svid', { san: { uri: [one, another] } })).spiffeId).toBeNull()
})

test('what else stands in the file of the certificate is no part of it: a comment that changes is no rotation', () => {
  const certChain = `${ours.privateKey}subject=/CN=ours\n${ours.certChain.replaceAll('\n', '\r\n')}`
  expect(load({ certChain }).identity).toEqual(load({}).identity)
})

const KEYS: readonly KeyType[] = ['p256', 'p384', 'ed25519', 'rsa2048', 'rsa-pss2048']
test.each(KEYS)(
  'a key of the kind %s belongs to its certificate, and to no other of any kind (RFC 8446 4.4.3)',
  (key) => {
    const mine = named('mine', { key })
    expect(load(mine).identity?.key).toEqual(Buffer.from(mine.privateKey))
    for (const other of [named('other', { key }), ours]) {
      const { code, failure } = failureOf({ ...mine, privateKey: other.privateKey })
      expect({ code, failure }).toMatchObject({ code: 'ERR_MATERIAL_MISMATCH', failure: { belongsTo: null } })
    }
  },
)

test('a key that belongs to a later certificate is said to do so: the order is wrong', () => {
  const [leaf, issuer] = ours.leaf.chain
  const { code, message } = failureOf({ certChain: `${issuer?.pem}${leaf?.pem}` })
  expect(code).toBe('ERR_MATERIAL_MISMATCH')
  expect(message).toMatch(
    /certificate CN=Issuing CA, serial \w+, which is the first of .*belongs to certificate 2, CN=ours/,
  )
})

test('takes a certificate at the first and the last instant of its validity, and not a millisecond beyond (RFC 5280 4.1.2.5)', () => {
  const [notBefore, notAfter] = [new Date('2026-02-01T00:00:00Z'), new Date('2026-03-01T00:00:00Z')]
  const short = named('short', { notBefore, notAfter })
  expect(load(short, notBefore).endEntity?.notBefore).toBe(notBefore.getTime())
  expect(load(short, notAfter).endEntity?.notAfter).toBe(notAfter.getTime())
  const early = failureOf(short, new Date(notBefore.getTime() - 1))
  expect(early.failure).toMatchObject({
    code: 'ERR_MATERIAL_NOT_YET_VALID',
    notBefore,
    certificate: { subject: 'CN=short' },
  })
  const late = failureOf(short, new Date(notAfter.getTime() + 1))
  expect(late.failure).toMatchObject({ code: 'ERR_MATERIAL_EXPIRED', notAfter, option: 'certChainFile' })
  expect(late.message).toMatch(
    /certificate CN=short, serial [0-9a-f]+, of \/certs\/certChainFile expired at 2026-03-01T00:00:00.000Z, and now is 2026-03-01T00:00:00.001Z\. Look/,
  )
})

test('of all places where the file of the certificate may end, those between blocks are the only ones that are taken', () => {
  const { certChain } = ours
  const end = certChain.indexOf('-----END CERTIFICATE-----') + '-----END CERTIFICATE-----'.length
  const taken = []
  for (let length = 0; length <= certChain.length; length += length < end - 60 || length > end + 60 ? 7 : 1) {
    try {
      load({ certChain: certChain.slice(0, length) })
      taken.push(length)
    } catch (error) {
      expect(error).toMatchObject({ code: 'ERR_MATERIAL_MALFORMED' })
    }
  }
  expect(taken.filter((length) => length < certChain.length - 1)).toEqual([end, end + 1])
})

test.each<[string, Given, MaterialCode, RegExp]>([
  [
    'an empty certificate',
    { certChain: '' },
    'ERR_MATERIAL_MALFORMED',
    /certChainFile holds no whole certificate: it is empty/,
  ],
  ['text', { certChain: 'hello' }, 'ERR_MATERIAL_MALFORMED', /it has no CERTIFICATE block/],
  [
    'a key in the place of the certificate',
    { certChain: ours.privateKey },
    'ERR_MATERIAL_MALFORMED',
    /are the two swapped/,
  ],
  [
    'a block that is no certificate',
    { certChain: pemBlock('CERTIFICATE', Buffer.from('hello')) },
    'ERR_MATERIAL_MALFORMED',
    /ends at line 3/,
  ],
  [
    'an empty key',
    { privateKey: '' },
    'ERR_MATERIAL_MALFORMED',
    /privateKeyFile holds no whole private key: it has no PRIVATE KEY block/,
  ],
  [
    'a key that is cut',
    { privateKey: ours.privateKey.slice(0, 100) },
    'ERR_MATERIAL_MALFORMED',
    /private key: it ends within a PEM block/,
  ],
  [
    'a key that is none',
    { privateKey: pemBlock('PRIVATE KEY', Buffer.from('hello')) },
    'ERR_MATERIAL_MALFORMED',
    /private key: /,
  ],
  [
    'a public key',
    { privateKey: createPublicKey(ours.privateKey).export({ type: 'spki', format: 'pem' }).toString() },
    'ERR_MATERIAL_MALFORMED',
    /no PRIVATE KEY block/,
  ],
  [
    'authorities that are cut',
    { ca: rootPem.slice(0, 200) },
    'ERR_MATERIAL_MALFORMED',
    /caCertChainFile holds no whole authorities/,
  ],
  ['no authorities in their file', { ca: '' }, 'ERR_MATERIAL_MALFORMED', /it is empty/],
  [
    'an intermediate alone',
    { ca: issuing.certificate.pem },
    'ERR_MATERIAL_NO_ANCHOR',
    /one certificate, which is not self-signed/,
  ],
  [
    'a server among the authorities',
    { ca: rootPem + ours.leaf.certificate.pem },
    'ERR_MATERIAL_NOT_AUTHORITY',
    /CN=ours, .* number 2 of/,
  ],
])('refuses %s', (_, given, code, message) => {
  const failure = failureOf(given)
  expect(failure.code).toBe(code)
  expect(failure.message).toMatch(message)
})

test('a CRL beside the authorities is passed over, and the authorities are not', () => {
  const crl = mintCrl(root).pem
  expect(load({ ca: `${rootPem}${crl}${otherRoot.certificate.pem}` }).authorities).toEqual([
    rootPem,
    otherRoot.certificate.pem,
  ])
})

test('an authority that stands there twice is one', () => {
  expect(load({ ca: rootPem + rootPem }).authorities).toEqual([rootPem])
})

test.each(['aes-256-cbc', 'des-ede3-cbc'])('an encrypted key (%s) needs its passphrase (RFC 5958 3)', (cipher) => {
  const privateKey = ours.leaf.privateKey
    .export({ type: 'pkcs8', format: 'pem', cipher, passphrase: 'right horse' })
    .toString()
  expect(load({ privateKey, passphrase: 'right horse' }).identity?.passphrase).toBe('right horse')
  const wrong = failureOf({ privateKey, passphrase: 'wrong horse' })
  expect(wrong.failure).toMatchObject({ code: 'ERR_MATERIAL_PASSPHRASE', problem: 'wrong', option: 'privateKeyFile' })
  expect(failureOf({ privateKey }).failure).toMatchObject({ code: 'ERR_MATERIAL_PASSPHRASE', problem: 'missing' })
  expect(failureOf({ privateKey: privateKey.slice(0, 150), passphrase: 'right horse' }).code).toBe(
    'ERR_MATERIAL_MALFORMED',
  )
  expect(wrong.message).not.toContain('horse')
})

test('takes a chain of ten and 500 authorities, and not one more', () => {
  const chainOf = (length: number) => ours.leaf.certificate.pem + issuing.certificate.pem.repeat(length - 1)
  expect(load({ certChain: chainOf(10) }).identity?.cert).toBe(chainOf(10))
  expect(failureOf({ certChain: chainOf(11) }).failure).toMatchObject({
    code: 'ERR_MATERIAL_TOO_LARGE',
    limit: 10,
    present: 11,
    unit: 'certificates',
  })
  expect(load({ ca: rootPem.repeat(500) }).authorities).toEqual([rootPem])
  expect(failureOf({ ca: rootPem.repeat(501) }).code).toBe('ERR_MATERIAL_TOO_LARGE')
})

test('what OpenSSL does not take never comes into use: a key of 512 bits', () => {
  const { code, message } = failureOf(named('weak', { key: generateKeyPairSync('rsa', { modulusLength: 512 }) }))
  expect(code).toBe('ERR_MATERIAL_UNUSABLE')
  expect(message).toMatch(/OpenSSL does not take the certificate CN=weak, .*key too small/i)
})

test('no message holds a key or certificate, and names are escaped', () => {
  const hostile = pair({ subject: 'evil\u001b[31m\nroot' })
  const failure = failureOf({ ...hostile, privateKey: ours.privateKey })
  expect(failure.message).not.toMatch(/\p{Cc}|BEGIN|MI[GH]/u)
  expect(failure.message).toContain('evil')
})

test('without a certificate of our own there are authorities all the same', () => {
  const { authorities } = found({ ca: rootPem })
  expect(parseMaterial({ own: null, authorities }, DEFAULT_CLOCK)).toMatchObject({
    identity: null,
    endEntity: null,
    spiffeId: null,
    authorities: [rootPem],
  })
  const system = parseMaterial({ own: null, authorities: null }, DEFAULT_CLOCK)
  expect(system.authoritiesFrom).toBe('system')
  expect(system.authorities.length).toBeGreaterThan(100)
})

const loadAlone = (certChain: string, privateKey: string): LoadedMaterial => {
  const { own } = found({ certChain, privateKey })
  return parseMaterial({ own, authorities: null }, DEFAULT_CLOCK)
}

test('without authorities the self-signed end of our own chain is the one: Consul writes leaf and root into one file', () => {
  const direct = named('web', {}, root)
  expect(loadAlone(direct.certChain + rootPem, direct.privateKey)).toMatchObject({
    authoritiesFrom: 'self-signed-tail',
    authorities: [rootPem],
  })
  expect(loadAlone(ours.certChain + rootPem, ours.privateKey).authorities).toEqual([rootPem])
})

test('an end that is self-signed by name only, or no authority, or all there is, is none: the system decides', () => {
  const from = (certChain: string, privateKey: string) => loadAlone(certChain, privateKey).authoritiesFrom
  expect(from(ours.certChain, ours.privateKey)).toBe('system')
  // RFC 4210 4.4: the new key of a root, signed with the old one.
  const rekeyed = root.crossSign(createAuthority('Root CA'))
  expect(from(ours.certChain + rekeyed.certificate.pem, ours.privateKey)).toBe('system')
  const selfSigned = createAuthority({ subject: 'server', basicConstraints: null, keyUsage: ['digitalSignature'] })
  expect(from(ours.certChain + selfSigned.certificate.pem, ours.privateKey)).toBe('system')
  expect(from(root.certificate.pem, root.privateKeyPem)).toBe('system')
})
