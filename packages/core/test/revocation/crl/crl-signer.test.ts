import { broken, type CrlOptions, createAuthority, crlSigner, generateKeyPair, mintCrl } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { answerFor, verdictFor } from './crls.ts'

const root = createAuthority('Clients CA')
const alice = root.issue('alice')
const mallory = root.issue('mallory')
const crl = (signer = root, options: CrlOptions = {}) => mintCrl(signer, { entries: [mallory], ...options })

describe('cfssl #1068, a CRL that was used without a signature check: only who may sign it is heard (RFC 5280 6.3.3 f, g)', () => {
  test('the issuer of the certificate', async () => {
    expect(await verdictFor(root, alice, [crl()])).toBe('good')
    expect(await verdictFor(root, mallory, [crl()])).toBe('revoked: unspecified')
  })

  test.each([
    ['whose signature was altered', broken.forgedCrl(crl())],
    ['of a stranger of the same name', crl(createAuthority('Clients CA'))],
    [
      'of a stranger of the same name and key identifier',
      crl(broken.otherAuthority(root, { keyIdentifiers: 'copied' })),
    ],
    ['that a client signed with its own key', crl({ ...root, privateKey: mallory.privateKey })],
  ])('nobody hears one %s: not that the client is good, nor that it is revoked', async (_, forged) => {
    expect(await answerFor(root, alice, [forged])).toMatchObject({ kind: 'none', because: 'wrong-signer' })
    expect(await verdictFor(root, mallory, [forged])).toBe('none: wrong-signer')
  })

  test('not another anchor of the same name, though it is trusted', async () => {
    const namesake = createAuthority('Clients CA')
    expect(await verdictFor(root, alice, [crl(namesake)], { anchors: [namesake] })).toBe('none: wrong-signer')
  })

  test('with an algorithm that is not let pass, nobody', async () => {
    const rsa = createAuthority({ subject: 'RSA CA', key: 'rsa2048' })
    const leaf = rsa.issue()
    const weak = mintCrl(rsa, { signature: 'rsa-pkcs1-sha1' })
    expect(await verdictFor(rsa, leaf, [weak])).toBe('none: wrong-signer')
    const allowed = { path: { allowedWeaknesses: new Set(['SHA-1'] as const) } }
    expect(await verdictFor(rsa, leaf, [weak], allowed)).toBe('good')
  })

  test('with each algorithm that certificates may have', async () => {
    for (const key of ['p256', 'p384', 'p521', 'rsa2048', 'rsa-pss2048', 'ed25519', 'ed448'] as const) {
      const authority = createAuthority({ key })
      const [good, bad] = [authority.issue(), authority.issue()]
      const list = mintCrl(authority, { entries: [bad] })
      expect(await verdictFor(authority, good, [list])).toBe('good')
      expect(await verdictFor(authority, bad, [list])).toBe('revoked: unspecified')
      expect(await verdictFor(authority, good, [broken.forgedCrl(list)])).toBe('none: wrong-signer')
    }
  })
})

describe('keyUsage of the issuer (RFC 5280 6.3.3 f)', () => {
  test('without cRLSign its CRLs are not heard', async () => {
    const authority = createAuthority({ keyUsage: ['keyCertSign'] })
    const answer = await answerFor(authority, authority.issue(), [mintCrl(authority)])
    expect(answer).toMatchObject({
      kind: 'none',
      because: 'wrong-signer',
      detail: expect.stringMatching(/cRLSign/) as string,
    })
  })

  test('that is absent restricts nothing', async () => {
    const authority = createAuthority({ keyUsage: null })
    expect(await verdictFor(authority, authority.issue(), [mintCrl(authority)])).toBe('good')
  })
})

describe('a separate signer of the name of the CRL', () => {
  const signer = crlSigner(root)

  test('is heard where its certificate is at hand: in the store, or among what the client sends', async () => {
    for (const where of [{ intermediates: [signer] }, { presented: [signer] }]) {
      expect(await verdictFor(root, mallory, [crl(signer)], where)).toBe('revoked: unspecified')
      expect(await verdictFor(root, alice, [crl(signer)], where)).toBe('good')
    }
    expect(await verdictFor(root, alice, [crl(signer)])).toBe('none: wrong-signer')
  })

  test.each([
    ['cannot sign CRLs', crlSigner(root, { keyUsage: ['digitalSignature'] })],
    ['has expired', crlSigner(root, { notAfter: new Date('2025-12-31T00:00:00Z') })],
    ['has a critical extension that nobody knows', crlSigner(root, { extensions: [unknown()] })],
    [
      'is certified by a stranger of the same name',
      crlSigner(createAuthority('Clients CA'), { subject: 'Clients CA' }),
    ],
  ])('that %s is not heard', async (_, other) => {
    for (const where of [{ intermediates: [other] }, { presented: [other] }]) {
      expect(await verdictFor(root, alice, [crl(other)], where)).toBe('none: wrong-signer')
    }
  })

  test('below another anchor is not heard, though that is trusted (RFC 5280 6.3.3 f: the same anchor)', async () => {
    const partner = createAuthority('Partner CA')
    const namesake = crlSigner(partner, { subject: 'Clients CA' })
    const where = { anchors: [partner], intermediates: [namesake] }
    expect(await verdictFor(root, alice, [crl(namesake)], where)).toBe('none: wrong-signer')
  })

  test('that is revoked is not heard, and one of whom nothing is known never says good', async () => {
    const where = { intermediates: [signer] }
    expect(await verdictFor(root, alice, [crl(signer)], { ...where, signerStatus: 'revoked' })).toBe(
      'none: wrong-signer',
    )
    expect(await verdictFor(root, mallory, [crl(signer)], { ...where, signerStatus: 'revoked' })).toBe(
      'none: wrong-signer',
    )
    expect(await verdictFor(root, alice, [crl(signer)], { ...where, signerStatus: 'unknown' })).toBe(
      'none: signer-status-unknown',
    )
    expect(await verdictFor(root, mallory, [crl(signer)], { ...where, signerStatus: 'unknown' })).toBe(
      'revoked: unspecified',
    )
  })

  test('may sign beside the issuer: the newest list counts, whoever of them signed it', async () => {
    const older = new Date(root.at.getTime() - 7_200_000)
    const where = { intermediates: [signer] }
    expect(await verdictFor(root, mallory, [crl(signer, { thisUpdate: older }), mintCrl(root)], where)).toBe('good')
    expect(await verdictFor(root, mallory, [crl(root, { thisUpdate: older }), mintCrl(signer)], where)).toBe('good')
  })

  test('whose own list is newer cannot undo that its authority has revoked it', async () => {
    const older = new Date(root.at.getTime() - 7_200_000)
    const revoking = mintCrl(root, { entries: [signer], thisUpdate: older })
    const asking = { intermediates: [signer], path: { role: 'crl-issuer' as const } }
    expect(await verdictFor(root, signer, [mintCrl(signer), revoking], asking)).toBe('revoked: unspecified')
    expect(await verdictFor(root, signer, [mintCrl(signer), mintCrl(root, { thisUpdate: older })], asking)).toBe('good')
    // Where nobody else speaks of it, its word is taken, for good and for bad.
    expect(await verdictFor(root, signer, [mintCrl(signer)], asking)).toBe('good')
    expect(await verdictFor(root, signer, [mintCrl(signer, { entries: [signer] }), mintCrl(root)], asking)).toBe(
      'revoked: unspecified',
    )
  })
})

describe('keys that change', () => {
  test('a CRL of an intermediate is heard for what the intermediate issued, under the key it has on the path', async () => {
    const old = root.intermediate('Issuing CA')
    const renewed = root.intermediate({ subject: 'Issuing CA', key: generateKeyPair() })
    const leaf = old.issue()
    expect(await verdictFor(root, leaf, [mintCrl(old)])).toBe('good')
    // The CRL of the new key is below the same anchor and of the same name, and its certificate may sign CRLs (6.3.3 f).
    expect(await verdictFor(root, leaf, [mintCrl(renewed)])).toBe('none: wrong-signer')
    expect(await verdictFor(root, leaf, [mintCrl(renewed)], { intermediates: [renewed] })).toBe('good')
  })

  test('one key under two certificates is one signer', async () => {
    const issuing = root.intermediate('Issuing CA')
    const again = root.crossSign(issuing)
    expect(await verdictFor(root, issuing.issue(), [mintCrl(again)])).toBe('good')
  })
})

function unknown() {
  return { oid: '1.3.6.1.4.1.32473.1', critical: true, value: Uint8Array.of(5, 0) }
}
