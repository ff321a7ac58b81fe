import { createAuthority, issueResponder, type Leaf, mintOcspError, mintOcspResponse } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { opensslOcspText } from './openssl-ocsp.ts'

const root = createAuthority()
const leaf = root.issue({ serialNumber: 0x0102n })

const answered = (signer?: Leaf) =>
  mintOcspResponse({
    issuer: root,
    responses: [
      { certificate: leaf, hash: 'sha256' },
      { certificate: leaf, status: { revokedAt: new Date('2025-12-24T00:00:00Z'), reason: 'keyCompromise' } },
      { certificate: leaf, status: 'unknown', nextUpdate: null },
    ],
    nonce: Uint8Array.of(0xab, 0xcd),
    ...(signer === undefined ? {} : { signer, responderId: 'key' as const }),
  })

describe('an answer, as openssl reads it', () => {
  test('has what was asked for, in order', (context) => {
    const text = opensslOcspText(context, answered())
    expect(text).toContain('OCSP Response Status: successful (0x0)')
    expect(text).toMatch(/Responder Id: CN ?= ?Root CA/)
    expect(text).toContain('Produced At: Jan 1 00:00:00 2026 GMT')
    expect(text.match(/Serial Number: .*/g)).toEqual(Array.from({ length: 3 }, () => 'Serial Number: 0102'))
    expect(text.match(/Hash Algorithm: .*/g)).toEqual(
      ['sha256', 'sha1', 'sha1'].map((name) => `Hash Algorithm: ${name}`),
    )
    expect(text.match(/Cert Status: .*/g)).toEqual(['good', 'revoked', 'unknown'].map((each) => `Cert Status: ${each}`))
    expect(text).toContain('Revocation Time: Dec 24 00:00:00 2025 GMT')
    expect(text).toContain('Revocation Reason: keyCompromise (0x1)')
    expect(text.match(/Next Update: .*/g)).toHaveLength(2)
    expect(text).toMatch(/OCSP Nonce: \n ?0402ABCD/)
  })

  test('of a responder has its certificate with it', (context) => {
    const text = opensslOcspText(context, answered(issueResponder(root)))
    expect(text).toMatch(/Responder Id: [0-9A-F]{40}/)
    expect(text).toMatch(/Subject: CN ?= ?OCSP responder/)
    expect(text).toContain('OCSP Signing')
    expect(text).toContain('OCSP No Check')
  })
})

describe('what is said instead of an answer, as openssl reads it', () => {
  test.for([
    ['malformedRequest', 'malformedrequest (1)'],
    ['internalError', 'internalerror (2)'],
    ['tryLater', 'trylater (3)'],
    ['sigRequired', 'sigrequired (5)'],
    ['unauthorized', 'unauthorized (6)'],
  ] as const)('is %s', ([name, shown], context) => {
    expect(opensslOcspText(context, mintOcspError(name))).toContain(shown)
  })
})

test('a status is of a certificate: one that names none is a mistake in the test', () => {
  expect(() => mintOcspResponse({ issuer: root, responses: [{}] })).toThrow('give the certificate')
})
