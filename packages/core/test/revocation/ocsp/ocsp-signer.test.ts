import {
  broken,
  type CertificateOptions,
  createAuthority,
  der,
  extension,
  issueResponder,
  type KeyType,
  type Leaf,
  mintOcspResponse,
} from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { MAX_CANDIDATES } from '../../../src/revocation/ocsp/ocsp-signer.ts'
import { MAX_RESPONSE_CERTIFICATES } from '../../../src/x509/ocsp-response.ts'
import { after, answerWith, leaf, options, questionOf, root, verdict, verified } from './asked.ts'

/** What an answer means that is signed by a responder of the root with these options. */
const signedBy = (signer: Leaf) => verdict(answerWith({ signer }))
const delegated = (certificate: CertificateOptions) => signedBy(issueResponder(root, certificate))

/** Without the usual extensions, nocheck included, where another list is given. */
const nocheck = extension.ocspNoCheck()

describe('an answer counts that is signed by the issuer itself (RFC 6960 4.2.2.2)', () => {
  test.each(['name', 'key'] as const)('named by %s', async (responderId) => {
    expect(await verdict(answerWith({ responderId }))).toBe('good')
  })

  test('whose certificate need not allow digital signatures: it could certify a responder that may', async () => {
    const issuer = createAuthority({ keyUsage: ['keyCertSign'] })
    const client = issuer.issue()
    const answer = mintOcspResponse({ issuer, responses: [{ certificate: client }] })
    expect(await verdict(answer, questionOf(client, issuer))).toBe('good')
  })

  test('but not where a bit of what is signed is another', async () => {
    const answer = answerWith()
    expect(await verdict(answer)).toBe('good')
    // producedAt stands in the signed part alone: 20260101000000Z, one second later.
    const at = Buffer.from(answer).indexOf('20260101000000Z') + 13
    expect(await verdict(answer.with(at, 0x31))).toBe('wrong-signer')
    expect(await verified(answer.with(at, 0x31))).toMatchObject({
      detail: expect.stringContaining('does not hold') as string,
    })
  })

  test('nor by its namesake with another key, whatever certificate comes along', async () => {
    const namesake = createAuthority()
    expect(await verdict(answerWith({ signer: namesake }))).toBe('wrong-signer')
    expect(await verdict(answerWith({ signer: namesake, certificates: [] }))).toBe('wrong-signer')
  })

  test('nor by the root above it: an authority answers for what it issued', async () => {
    const intermediate = root.intermediate()
    const client = intermediate.issue()
    const responses = [{ certificate: client }]
    const asked = questionOf(client, intermediate)
    expect(await verdict(mintOcspResponse({ issuer: intermediate, responses }), asked)).toBe('good')
    expect(await verdict(mintOcspResponse({ issuer: intermediate, signer: root, responses }), asked)).toBe(
      'wrong-signer',
    )
    const ofRoot = mintOcspResponse({ issuer: intermediate, signer: issueResponder(root), responses })
    expect(await verdict(ofRoot, asked)).toBe('wrong-signer')
  })
})

describe('an answer counts that is signed by a responder whom the issuer certified (RFC 6960 4.2.2.2)', () => {
  test.each(['name', 'key'] as const)('named by %s', async (responderId) => {
    expect(await verdict(answerWith({ signer: issueResponder(root), responderId }))).toBe('good')
  })

  test.each<KeyType>(['rsa2048', 'rsa-pss2048', 'p384', 'p521', 'ed25519', 'ed448'])(
    'with a key of %s',
    async (key) => {
      expect(await delegated({ key })).toBe('good')
    },
  )

  test('again and again, as one that was met before', async () => {
    const signer = issueResponder(root)
    for (let time = 0; time < 4; time++) expect(await signedBy(signer)).toBe('good')
    // Nothing of what is remembered vouches for the answer, or for another instant.
    expect(await verdict(answerWith({ signer: { ...signer, privateKey: leaf.privateKey } }))).toBe('wrong-signer')
    const expired = { signer, producedAt: after(91 * 86_400) }
    expect(await verdict(answerWith(expired), { at: expired.producedAt.getTime() })).toBe('wrong-signer')
    // More of them than are remembered.
    for (let other = 0; other < 6; other++) expect(await signedBy(issueResponder(root))).toBe('good')
    expect(await signedBy(signer)).toBe('good')
  })

  test('but not where its certificate did not come along', async () => {
    const signer = issueResponder(root)
    expect(await verdict(answerWith({ signer, certificates: [] }))).toBe('wrong-signer')
    expect(await verdict(answerWith({ signer, certificates: [issueResponder(root).certificate] }))).toBe('wrong-signer')
  })

  test('nor one that another authority certified, of whatever name', async () => {
    expect(await signedBy(issueResponder(createAuthority()))).toBe('wrong-signer')
    expect(await signedBy(issueResponder(createAuthority('Other CA')))).toBe('wrong-signer')
    expect(await verified(answerWith({ signer: issueResponder(createAuthority('Other CA')) }))).toMatchObject({
      detail: 'its signer was certified by another than the issuer',
    })
  })

  test('nor one below an authority below the issuer: directly is meant', async () => {
    const intermediate = root.intermediate()
    const signer = issueResponder(intermediate)
    const certificates = [signer.certificate, intermediate.certificate]
    expect(await verdict(answerWith({ signer, certificates }))).toBe('wrong-signer')
  })

  test('nor one whose certificate is forged', async () => {
    expect(await signedBy(broken.forgedSignature(issueResponder(root)))).toBe('wrong-signer')
  })
})

describe('who was certified to answer (RFC 6960 4.2.2.2)', () => {
  test('has id-kp-OCSPSigning, alone or among others', async () => {
    expect(await delegated({ eku: ['OCSPSigning'] })).toBe('good')
    expect(await delegated({ eku: ['clientAuth', 'OCSPSigning'] })).toBe('good')
  })

  test.each([[['clientAuth']], [['any']], [null]] as const)('and not %j: any purpose is not this one', async (eku) => {
    expect(await delegated({ eku })).toBe('wrong-signer')
  })

  test.each([[['digitalSignature']], [['nonRepudiation']], [null]] as const)(
    'may sign by its keyUsage: %j (RFC 5280 4.2.1.12)',
    async (keyUsage) => {
      expect(await delegated({ keyUsage })).toBe('good')
    },
  )

  test.each([[['keyEncipherment']], [['keyCertSign', 'cRLSign']]] as const)('and may not by %j', async (keyUsage) => {
    expect(await delegated({ keyUsage })).toBe('wrong-signer')
  })

  test('has no critical extension that is not processed (RFC 5280 4.2)', async () => {
    const unknown = { oid: '1.3.6.1.4.1.32473.9', value: der.nullValue() }
    expect(await delegated({ extensions: [nocheck, unknown] })).toBe('good')
    expect(await delegated({ extensions: [nocheck, { ...unknown, critical: true }] })).toBe('wrong-signer')
  })

  test('was valid when it signed, both bounds included (RFC 5280 4.1.2.5)', async () => {
    const bounds = { notBefore: after(-3_600), notAfter: after(-1_800) }
    const signer = issueResponder(root, bounds)
    const producedAt = (seconds: number) => answerWith({ signer, producedAt: after(seconds) }, { status: 'revoked' })
    expect(await verdict(producedAt(-3_601))).toBe('wrong-signer')
    expect(await verdict(producedAt(-3_600))).toBe('revoked')
    expect(await verdict(producedAt(-1_800))).toBe('revoked')
    expect(await verdict(producedAt(-1_799))).toBe('wrong-signer')
  })

  test('and, to call somebody good or unknown, is so still; who it called revoked stays so', async () => {
    const signer = issueResponder(root, { notAfter: after(600) })
    for (const [status, at, expected] of [
      ['good', 600, 'good'],
      ['good', 601, 'wrong-signer'],
      ['unknown', 601, 'wrong-signer'],
      ['revoked', 601, 'revoked'],
      [{ reason: 'certificateHold' }, 601, 'wrong-signer'],
    ] as const) {
      expect(await verdict(answerWith({ signer }, { status }), { at: after(at).getTime() })).toBe(expected)
    }
  })

  test('is not the certificate that is asked about: a thief would be asked whether it was stolen', async () => {
    const client = root.issue({ eku: ['clientAuth', 'OCSPSigning'], extensions: [nocheck] })
    const answer = mintOcspResponse({ issuer: root, signer: client, responses: [{ certificate: client }] })
    expect(await verified(answer, questionOf(client, root))).toMatchObject({
      because: 'wrong-signer',
      detail: 'its signer is the holder of the certificate itself',
    })
    expect(await signedBy(client)).toBe('good')
    // Nor another certificate of the same key.
    const other = root.issue({ key: client.privateKey, eku: ['OCSPSigning'], extensions: [nocheck] })
    const byOther = mintOcspResponse({ issuer: root, signer: other, responses: [{ certificate: client }] })
    expect(await verified(byOther, questionOf(client, root))).toMatchObject({ because: 'wrong-signer' })
    expect(await signedBy(other)).toBe('good')
  })
})

describe('weak algorithms are let pass by name alone', () => {
  test('in the signature of an answer', async () => {
    const issuer = createAuthority({ key: 'rsa2048' })
    const client = issuer.issue()
    const asked = questionOf(client, issuer)
    const sign = (signature: 'rsa-pkcs1-sha1' | 'rsa-pkcs1-md5') =>
      mintOcspResponse({ issuer, responses: [{ certificate: client }], signature })
    expect(await verdict(sign('rsa-pkcs1-sha1'), asked)).toBe('wrong-signer')
    expect(await verdict(sign('rsa-pkcs1-sha1'), { ...asked, allowedWeaknesses: new Set(['SHA-1']) })).toBe('good')
    expect(await verdict(sign('rsa-pkcs1-md5'), { ...asked, allowedWeaknesses: new Set(['SHA-1']) })).toBe(
      'wrong-signer',
    )
  })

  test('and in the certificate of who signed it, its key included', async () => {
    const weak = answerWith({ signer: issueResponder(root, { signature: 'ecdsa-sha1' }) })
    expect(await verdict(weak)).toBe('wrong-signer')
    expect(await verdict(weak, { allowedWeaknesses: new Set(['SHA-1']) })).toBe('good')
    const short = answerWith({ signer: issueResponder(root, { key: 'rsa1024' }) })
    expect(await verdict(short)).toBe('wrong-signer')
    expect(await verdict(short, { allowedWeaknesses: new Set(['RSA-1024']) })).toBe('good')
  })

  test('what was let pass once is refused to who does not let it pass', async () => {
    const answer = answerWith({ signer: issueResponder(root, { signature: 'ecdsa-sha1' }) })
    const allowing = { allowedWeaknesses: new Set(['SHA-1'] as const) }
    for (let time = 0; time < 3; time++) expect(await verdict(answer, allowing)).toBe('good')
    expect(await verdict(answer)).toBe('wrong-signer')
  })
})

describe('the certificates that come along', () => {
  const signer = issueResponder(root)
  const namesakes = (count: number) => Array.from({ length: count }, () => issueResponder(root).certificate)

  test(`are tried where the answer names them, ${MAX_CANDIDATES} at most`, async () => {
    for (const [before, expected] of [
      [MAX_CANDIDATES - 1, 'good'],
      [MAX_CANDIDATES, 'wrong-signer'],
    ] as const) {
      const certificates = [...namesakes(before), signer.certificate]
      expect(await verdict(answerWith({ signer, certificates }))).toBe(expected)
    }
  })

  test('are passed over where it does not', async () => {
    const others = Array.from({ length: MAX_RESPONSE_CERTIFICATES - 1 }, () => root.issue().certificate)
    const certificates = [...others, signer.certificate]
    expect(await verdict(answerWith({ signer, certificates }))).toBe('good')
    expect(await verdict(answerWith({ signer, certificates, responderId: 'key' }))).toBe('good')
  })

  test('are passed over where they cannot be read', async () => {
    const garbage = { ...signer.certificate, der: der.sequence(der.nullValue()) }
    expect(await verdict(answerWith({ signer, certificates: [garbage, signer.certificate] }))).toBe('good')
  })
})

describe('whether a responder is revoked (RFC 6960 4.2.2.2.1)', () => {
  const unchecked = issueResponder(root, { extensions: [] })
  const asked = { certificates: [] as string[] }
  const saying = (status: 'good' | 'revoked' | 'unknown') => ({
    ...options,
    statusOfResponder: ({ der: octets }: { der: Uint8Array }) => {
      asked.certificates.push(Buffer.from(octets).toString('hex'))
      return Promise.resolve(status)
    },
  })
  const answers = (single = {}) => answerWith({ signer: unchecked }, single)

  test('is not asked of one with id-pkix-ocsp-nocheck, nor of the issuer', async () => {
    // `options` rejects where anybody asks.
    expect(await verdict(answerWith({ signer: issueResponder(root) }))).toBe('good')
    expect(await verdict(answerWith())).toBe('good')
  })

  test('is asked of every other, by its certificate', async () => {
    expect(await verdict(answers(), saying('good'))).toBe('good')
    expect(asked.certificates).toEqual([Buffer.from(unchecked.certificate.der).toString('hex')])
  })

  test('makes whatever it says no answer where it is', async () => {
    for (const status of ['good', 'revoked', 'unknown'] as const)
      expect(await verdict(answers({ status }), saying('revoked'))).toBe('wrong-signer')
  })

  test('lets nobody be good where it is not known; revoked and unknown close, and count', async () => {
    expect(await verdict(answers(), saying('unknown'))).toBe('signer-status-unknown')
    expect(await verdict(answers({ status: 'revoked' }), saying('unknown'))).toBe('revoked')
    expect(await verdict(answers({ status: 'unknown' }), saying('unknown'))).toBe('unknown')
  })

  test('is asked only once the signature holds: strangers cause no questions', async () => {
    const forged = { ...unchecked, privateKey: leaf.privateKey }
    expect(await verdict(answerWith({ signer: forged }))).toBe('wrong-signer')
  })
})
