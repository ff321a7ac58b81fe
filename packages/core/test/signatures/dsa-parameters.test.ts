import { createPrivateKey, createPublicKey } from 'node:crypto'
import '@clientcert/testing/vitest'
import { type Authority, broken, createAuthority, der, generateKeyPair, type KeyPair } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { dangerouslyAllowWeakAlgorithms, type Weakness } from '../../src/index.ts'
import { authenticatorFor } from '../behind-nginx.ts'
import { membersOf } from '../x509/minted.ts'

const ID_DSA = der.oid('1.2.840.10040.4.1')
const spki = ({ publicKey }: KeyPair) => new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }))
const part = (sequence: Uint8Array, index: number) => membersOf(sequence)[index] ?? expect.unreachable('too short')

const first = generateKeyPair('dsa2048')

/** Another key of the same group, as inheriting parameters wants it. */
function keyInGroupOf(pair: KeyPair, secret: bigint): KeyPair {
  const info = der.sequence(der.integer(0), part(spki(pair), 0), der.octetString(der.integer(secret)))
  const privateKey = createPrivateKey({ key: Buffer.from(info), format: 'der', type: 'pkcs8' })
  return { privateKey, publicKey: createPublicKey(privateKey) }
}

const second = keyInGroupOf(first, 0x1234_5678_9abc_def0_1234_5678n)
const third = keyInGroupOf(first, 0xfedc_ba98_7654_3210_fedc_ba98n)

/** The key without its parameters, or with others in their place. */
const without = (pair: KeyPair, ...parameters: readonly Uint8Array[]) =>
  der.sequence(der.sequence(ID_DSA, ...parameters), part(spki(pair), 1))

const root = createAuthority({ subject: 'DSA Root', key: first })
const inheriting = (parent: Authority, key: KeyPair, ...parameters: readonly Uint8Array[]) =>
  parent.intermediate({ subject: 'DSA CA', key, subjectPublicKeyInfo: without(key, ...parameters) })

async function verdictOn(leaf: { fullChainPem: string }, anchor: Authority, ...weaknesses: readonly Weakness[]) {
  const allowed = weaknesses.length === 0 ? {} : { [dangerouslyAllowWeakAlgorithms]: weaknesses }
  const authenticator = authenticatorFor({ trust: { pem: anchor.certificate.pem }, ...allowed })
  return authenticator.verify({ pem: leaf.fullChainPem })
}

describe('DSA parameters that a key leaves out', () => {
  test.each([
    ['absent', []],
    ['NULL', [der.nullValue()]],
  ])(
    "are those of the issuer's key, where DSA is allowed by name (RFC 3279 2.3.2, RFC 5280 6.1.4 e): %s",
    async (_, parameters) => {
      const leaf = inheriting(root, second, ...parameters).issue({ key: 'p256' })
      expect(await verdictOn(leaf, root, 'DSA')).toBeAccepted()
      expect(await verdictOn(leaf, root, 'DSA', 'SHA-1', 'RSA-1024')).toBeAccepted()
      expect(await verdictOn(leaf, root)).toBeRejectedWith('ERR_SIGNATURES_DSA')
      expect(await verdictOn(leaf, root, 'SHA-1', 'RSA-1024')).toBeRejectedWith('ERR_SIGNATURES_DSA')
    },
  )

  test('verify what the key signed, and nothing else', async () => {
    const leaf = inheriting(root, second).issue({ key: 'p256' })
    expect(await verdictOn(broken.forgedSignature(leaf), root, 'DSA')).toBeRejectedWith('ERR_SIGNATURES_INVALID')
    const namesake = createAuthority({ subject: 'DSA CA', key: third, subjectKeyIdentifier: null })
    const stranger = namesake.issue({ key: 'p256', authorityKeyIdentifier: null })
    const fullChainPem = stranger.certificate.pem + inheriting(root, second).certificate.pem
    expect(await verdictOn({ fullChainPem }, root, 'DSA')).toBeRejectedWith('ERR_SIGNATURES_INVALID')
  })

  test("are nobody's where the issuer has none to give: its key is of another kind (RFC 5280 6.1.4 f)", async () => {
    const ec = createAuthority('EC Root')
    const complete = ec.intermediate({ subject: 'DSA CA', key: second })
    expect(await verdictOn(complete.issue({ key: 'p256' }), ec, 'DSA')).toBeAccepted()
    const { outcome } = await verdictOn(inheriting(ec, second).issue({ key: 'p256' }), ec, 'DSA')
    expect(outcome).toBe('rejected')
  })

  test('are never those of a namesake: with a generator that is the public key, its private key is 1 (RFC 5280 6.1.4 e)', async () => {
    const [p, q] = [0, 1].map((index) => part(part(part(spki(first), 0), 1), index)) as [Uint8Array, Uint8Array]
    // What the BIT STRING holds, after the octet that counts unused bits, is y as an INTEGER.
    const bits = part(spki(second), 1)
    const generator = bits.subarray(bits.indexOf(0x02, 4))
    const ofOwnMaking = der.sequence(p, q, generator)
    const info = der.sequence(der.integer(0), der.sequence(ID_DSA, ofOwnMaking), der.octetString(der.integer(1)))
    const privateKey = createPrivateKey({ key: Buffer.from(info), format: 'der', type: 'pkcs8' })
    const forger = createAuthority({
      subject: 'DSA CA',
      key: { privateKey, publicKey: createPublicKey(privateKey) },
      subjectKeyIdentifier: null,
    })
    const namesake = createAuthority({
      subject: 'DSA Root',
      subjectPublicKeyInfo: der.sequence(der.sequence(ID_DSA, ofOwnMaking), part(spki(third), 1)),
    })
    const honest = inheriting(root, second)
    const withNamesake = ({ certificate }: { certificate: { pem: string } }) => ({
      fullChainPem: certificate.pem + honest.certificate.pem + namesake.certificate.pem,
    })
    const forged = forger.issue({ key: 'p256' })
    expect(await verdictOn(withNamesake(forged), root, 'DSA')).toBeRejectedWith('ERR_SIGNATURES_KEY_MALFORMED')
    expect(await verdictOn(withNamesake(honest.issue({ key: 'p256' })), root, 'DSA')).toBeAccepted()
  })
})
