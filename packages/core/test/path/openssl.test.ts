/**
 * The verdicts on a table of chains, compared with those of `openssl verify`, which none of us wrote. Where the two differ it
 * is argued; an argument about a difference that is gone fails, so that none stays behind.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Authority,
  broken,
  type CertificateOptions,
  createAuthority,
  createKeyPool,
  extension,
  type IssuedCertificate,
  type Leaf,
} from '@clientcert/testing'
import { afterAll, describe, expect, type TestContext, test } from 'vitest'
import { openssl } from '../../../testing/test/openssl.ts'
import { chainOf, NOW, storeOf, verdict } from './verdict.ts'

type Setting = Readonly<{ leaf: Leaf; presented?: readonly IssuedCertificate[]; anchors: readonly Leaf[] }>

const keyPool = createKeyPool()
const past = { notBefore: new Date('2020-01-01'), notAfter: new Date('2021-01-01') }
const future = { notBefore: new Date('2027-01-01'), notAfter: new Date('2028-01-01') }
const pathLen = (length: number): CertificateOptions => ({ basicConstraints: { ca: true, pathLen: length } })
const added = (...extensions: NonNullable<CertificateOptions['extensions']>): CertificateOptions => ({ extensions })
const unknown = { oid: '1.3.6.1.4.1.32473.1', critical: true, value: Uint8Array.of(5, 0) }

/** A chain of three with one difference from a good one. */
const chain =
  (options: Parameters<typeof chainOf>[0] = {}) =>
  (): Setting => {
    const { root, leaf } = chainOf(options)
    return { leaf, anchors: [root] }
  }

const below = (root: Authority, leaf: Leaf): Setting => ({ leaf, anchors: [root] })

const CASES: Readonly<Record<string, () => Setting>> = {
  'a good chain': chain(),
  'a good chain of RSA': chain({ root: { key: 'rsa2048', keyPool } }),
  'a good chain of RSASSA-PSS keys': chain({ root: { key: 'rsa-pss2048', keyPool } }),
  'a good chain of Ed25519': chain({ root: { key: 'ed25519' } }),
  'a good chain of P-521': chain({ root: { key: 'p521' } }),
  'a client directly below the root': () => {
    const root = createAuthority()
    return below(root, root.issue())
  },
  'the root as the client': () => {
    const root = createAuthority()
    return below(root, root)
  },
  'an intermediate as the client': () => {
    const { root, intermediate } = chainOf()
    return below(root, intermediate)
  },
  'an expired leaf': chain({ leaf: past }),
  'an expired intermediate': chain({ intermediate: past }),
  'an expired root': chain({ root: past }),
  'a leaf not yet valid': chain({ leaf: future }),
  'an intermediate not yet valid': chain({ intermediate: future }),
  'a root not yet valid': chain({ root: future }),
  'a leaf in its first second': chain({ leaf: { notBefore: new Date(NOW) } }),
  'a leaf in its last second': chain({ leaf: { notAfter: new Date(NOW) } }),
  'an intermediate that is no CA': chain({ intermediate: { basicConstraints: { ca: false } } }),
  'an intermediate without basicConstraints': chain({ intermediate: { basicConstraints: null } }),
  'an intermediate of version 1': chain({ intermediate: { version: 1 } }),
  'a root of version 1': chain({ root: { version: 1 } }),
  'a root without basicConstraints': chain({ root: { basicConstraints: null } }),
  'an intermediate without keyCertSign': chain({ intermediate: { keyUsage: ['cRLSign'] } }),
  'a root without keyCertSign': chain({ root: { keyUsage: ['cRLSign'] } }),
  'path length 0 kept': chain({ intermediate: pathLen(0) }),
  'path length 0 exceeded': chain({ root: pathLen(0) }),
  'path length 1 kept': chain({ root: pathLen(1) }),
  'path length 1 exceeded': () => {
    const root = createAuthority(pathLen(1))
    return below(root, root.intermediate('CA 1').intermediate('CA 2').issue())
  },
  'path length 0 and a self-issued intermediate': () => {
    const root = createAuthority({ subject: 'Root', ...pathLen(0) })
    return below(root, root.crossSign(createAuthority('Root')).issue())
  },
  'a leaf for servers': chain({ leaf: { eku: ['serverAuth'] } }),
  'a leaf for any purpose': chain({ leaf: { eku: ['any'] } }),
  'a leaf without purposes': chain({ leaf: { eku: null } }),
  'an intermediate for servers': chain({ intermediate: { eku: ['serverAuth'] } }),
  'an intermediate for clients': chain({ intermediate: { eku: ['clientAuth'] } }),
  'a root for servers': chain({ root: { eku: ['serverAuth'] } }),
  'a leaf that may encipher keys only': chain({ leaf: { keyUsage: ['keyEncipherment'] } }),
  'a leaf that may agree on keys': chain({ leaf: { keyUsage: ['keyAgreement'] } }),
  'a leaf without keyUsage': chain({ leaf: { keyUsage: null } }),
  'an unknown critical extension in the leaf': chain({ leaf: added(unknown) }),
  'an unknown critical extension in an intermediate': chain({ intermediate: added(unknown) }),
  'an unknown critical extension in the root': chain({ root: added(unknown) }),
  'an unknown extension that is not critical': chain({ leaf: added({ ...unknown, critical: false }) }),
  'a critical cRLDistributionPoints': chain({
    leaf: added(extension.crlDistributionPoints(['http://a/'], { critical: true })),
  }),
  'critical policies': chain({ intermediate: added(extension.certificatePolicies(['1.2.3'], { critical: true })) }),
  'names outside the permitted ones': chain({
    intermediate: added(extension.nameConstraints({ permitted: { dns: 'example' } })),
    leaf: { san: { dns: 'a.test' } },
  }),
  'names within the permitted ones': chain({
    intermediate: added(extension.nameConstraints({ permitted: { dns: 'example' } })),
    leaf: { san: { dns: 'a.example' } },
  }),
  'a required policy that is missing': chain({
    intermediate: added(extension.policyConstraints({ requireExplicitPolicy: 0 })),
  }),
  'an inhibited anyPolicy': chain({ intermediate: added(extension.inhibitAnyPolicy(0)) }),
  'an RSA key of 1024 bits in the leaf': chain({ leaf: { key: 'rsa1024' } }),
  'an RSA key of 1024 bits in an intermediate': chain({ intermediate: { key: 'rsa1024' } }),
  'an RSA key of 1024 bits in the root': chain({ root: { key: 'rsa1024' }, intermediate: { key: 'p256' } }),
  'a leaf signed with SHA-1': chain({ leaf: { signature: 'ecdsa-sha1' } }),
  'an intermediate signed with SHA-1': chain({ intermediate: { signature: 'ecdsa-sha1' } }),
  'a root signed with SHA-1': chain({ root: { signature: 'ecdsa-sha1' } }),
  'a signature with one bit changed': () => {
    const { root, leaf } = chainOf()
    return below(root, broken.forgedSignature(leaf))
  },
  'an intermediate with one bit of its signature changed': () => {
    const { root, intermediate, leaf } = chainOf()
    return { leaf, presented: [broken.forgedSignature(intermediate).certificate], anchors: [root] }
  },
  'a forged authority of the same name': () => {
    const root = createAuthority()
    return below(root, broken.otherAuthority(root).issue())
  },
  'a forged authority with the same key identifiers': () => {
    const root = createAuthority()
    return below(root, broken.otherAuthority(root, { keyIdentifiers: 'copied' }).issue())
  },
  'another authority': () => below(createAuthority(), createAuthority('Other').issue()),
  'another root, presented along': () => {
    const other = createAuthority('Other')
    return { leaf: other.issue(), presented: [other.certificate], anchors: [createAuthority()] }
  },
  'a self-signed client': () => below(createAuthority(), broken.selfSigned()),
  'a self-signed client that is trusted': () => {
    const client = broken.selfSigned()
    return below(client as Authority, client)
  },
  'an intermediate missing': () => {
    const { root, leaf } = chainOf()
    return { leaf, presented: [], anchors: [root] }
  },
  'intermediates in the wrong order, with junk between': () => {
    const root = createAuthority()
    const leaf = root.intermediate('CA 1').intermediate('CA 2').issue()
    const [, second, first] = leaf.chain
    const junk = createAuthority('Junk').certificate
    return { leaf, presented: [first, junk, second].filter((each) => each !== undefined), anchors: [root] }
  },
  'two anchors of one name': () => {
    const [old, next] = [createAuthority('Root'), createAuthority('Root')]
    return { leaf: next.issue(), anchors: [old, next] }
  },
  'two anchors of one name and no key identifier': () => {
    const [old, next] = [createAuthority('Root'), createAuthority('Root')]
    return { leaf: next.issue({ authorityKeyIdentifier: null }), anchors: [old, next] }
  },
  'a key identifier that points elsewhere': () => {
    const root = createAuthority()
    return below(root, root.issue({ authorityKeyIdentifier: { keyIdentifier: Uint8Array.of(1, 2, 3) } }))
  },
  'a cross-certificate': () => {
    const [old, next] = [createAuthority('Old'), createAuthority('New')]
    return below(old, old.crossSign(next).issue())
  },
  'an expired cross-certificate beside a good one': () => {
    const { root, intermediate, leaf } = chainOf()
    const expired = root.crossSign(intermediate, past)
    return { leaf, presented: [expired.certificate, intermediate.certificate], anchors: [root] }
  },
  'authorities that sign each other': () => below(createAuthority(), broken.cycle().leaf),
  'RSA with exponent 1': () => {
    const { root, leaf } = broken.rsaExponentOne()
    return below(root, leaf)
  },
  'a negative serial number': () => {
    const root = createAuthority()
    return below(root, broken.negativeSerialNumber(root))
  },
  'an intermediate trusted by itself': () => {
    const { intermediate, leaf } = chainOf()
    return { leaf, anchors: [intermediate] }
  },
}

/** Where we accept and openssl refuses, or the other way round, and why that is right. */
const ARGUED: Readonly<Record<string, { readonly ours: 'accepted' | 'refused'; readonly because: string }>> = {
  'the root as the client': {
    ours: 'accepted',
    because:
      'whoever holds a CA key can issue itself any keyUsage, and gateways present the CA; openssl asks keyUsage of it',
  },
  'an intermediate as the client': { ours: 'accepted', because: 'as of the root' },
  'a leaf in its last second': {
    ours: 'accepted',
    because: 'RFC 5280 4.1.2.5 includes notAfter; X509_cmp_time takes equal for earlier',
  },
  'a root of version 1': {
    ours: 'refused',
    because: 'the constraints of an anchor are enforced, and version 1 cannot say that it is an authority',
  },
  'a root without basicConstraints': {
    ours: 'refused',
    because: 'as above; openssl takes keyUsage keyCertSign for the statement of a CA',
  },
  'a leaf for any purpose': {
    ours: 'accepted',
    because:
      'RFC 5280 4.2.1.12 has anyExtendedKeyUsage for it; the purpose sslclient of openssl looks for clientAuth alone',
  },
  'a critical cRLDistributionPoints': {
    ours: 'refused',
    because: 'revocation is not checked in this version, so the extension is not processed',
  },
  'a required policy that is missing': {
    ours: 'refused',
    because: 'RFC 5280 6.1.3 f: the authority requires a policy; openssl looks with -policy_check alone',
  },
  'an RSA key of 1024 bits in the leaf': {
    ours: 'refused',
    because: 'NIST SP 800-131A; openssl verify judges no keys at its default -auth_level',
  },
  'an RSA key of 1024 bits in an intermediate': { ours: 'refused', because: 'as in the leaf' },
  'an RSA key of 1024 bits in the root': { ours: 'refused', because: 'as in the leaf' },
  'a leaf signed with SHA-1': {
    ours: 'refused',
    because:
      'SHA-1 has had chosen-prefix collisions since 2020; openssl verify judges no digests at its default -auth_level',
  },
  'an intermediate signed with SHA-1': { ours: 'refused', because: 'as on the leaf' },
  'two anchors of one name and no key identifier': {
    ours: 'accepted',
    because: 'each namesake is tried; openssl takes the first and stays with it',
  },
  'a key identifier that points elsewhere': {
    ours: 'accepted',
    because: 'RFC 5280 4.2.1.1: it helps to find the issuer and is no rule of 6.1; openssl refuses the issuer for it',
  },
  'RSA with exponent 1': { ours: 'refused', because: 'anybody can make that signature; openssl verifies it' },
  'an intermediate trusted by itself': {
    ours: 'accepted',
    because: 'the test makes it an anchor, as partialChain does; openssl has -partial_chain for it',
  },
}

const directory = mkdtempSync(join(tmpdir(), 'clientcert-openssl-'))
afterAll(() => rmSync(directory, { recursive: true }))

/** Asks `openssl verify`, at our clock and for our purpose. */
function opensslAccepts(context: TestContext, { leaf, presented = leaf.chain.slice(1), anchors }: Setting): boolean {
  const write = (name: string, certificates: readonly IssuedCertificate[]): string => {
    const path = join(directory, name)
    writeFileSync(path, certificates.map(({ pem }) => pem).join(''))
    return path
  }
  const anchorsFile = write(
    'anchors.pem',
    anchors.map(({ certificate }) => certificate),
  )
  const output = openssl(context, [
    'verify',
    ...['-purpose', 'sslclient', '-attime', String(NOW / 1000), '-no-CApath', '-no-CAstore'],
    ...['-CAfile', anchorsFile],
    ...(presented.length === 0 ? [] : ['-untrusted', write('presented.pem', presented)]),
    write('leaf.pem', [leaf.certificate]),
  ])
  return /leaf\.pem: OK\n/.test(output)
}

const weAccept = ({ leaf, presented = leaf.chain.slice(1), anchors }: Setting) =>
  verdict({ leaf, presented }, storeOf(anchors)) === 'accepted'

describe('openssl verify -purpose sslclient', () => {
  test.for(Object.entries(CASES))('says the same of %s, or the difference is argued', ([name, mint], context) => {
    const setting = mint()
    const argued = ARGUED[name]
    const [ours, theirs] = [weAccept(setting), opensslAccepts(context, setting)]
    if (argued === undefined) expect({ ours }).toEqual({ ours: theirs })
    else expect({ ours, theirs }).toEqual({ ours: argued.ours === 'accepted', theirs: argued.ours !== 'accepted' })
  })

  test('is argued with only about cases that there are', () => {
    expect(Object.keys(ARGUED).filter((name) => CASES[name] === undefined)).toEqual([])
  })
})
