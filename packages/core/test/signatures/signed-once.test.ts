import { broken, createAuthority } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { verifySignature } from '../../src/signatures/verify-signature.ts'
import { NO_WEAKNESS } from '../../src/signatures/weakness.ts'
import type { Certificate } from '../../src/x509/certificate.ts'
import { parsed } from '../x509/minted.ts'

const isSigned = (certificate: Certificate, issuer: Certificate) =>
  verifySignature({ certificate, position: 1 }, { certificate: issuer, position: 2 }, NO_WEAKNESS).ok

describe('a signature that held before', () => {
  const root = createAuthority({ key: 'ed25519' })
  const issuer = root.intermediate()
  const [client, below, above] = [parsed(issuer.issue()), parsed(issuer), parsed(root)]

  test('still holds, and holds under that issuer alone', () => {
    // As a search has it: first what the issuer signed, then the issuer.
    expect(isSigned(client, below)).toBe(true)
    expect(isSigned(below, above)).toBe(true)
    expect(isSigned(below, above)).toBe(true)
    const stranger = parsed(broken.otherAuthority(root, { keyIdentifiers: 'copied' }))
    expect(isSigned(below, stranger)).toBe(false)
    expect(isSigned(below, stranger)).toBe(false)
    expect(isSigned(below, above)).toBe(true)
  })

  test('says nothing of another certificate of the same issuer', () => {
    const forged = parsed(broken.otherAuthority(issuer, { keyIdentifiers: 'copied' }))
    expect(isSigned(client, forged)).toBe(false)
    expect(isSigned(forged, above)).toBe(false)
  })
})
