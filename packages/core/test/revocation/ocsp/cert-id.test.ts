import { createAuthority, der, encodeCertId } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { isCertIdOf } from '../../../src/revocation/ocsp/cert-id.ts'
import { parseOcspResponse } from '../../../src/x509/ocsp-response.ts'
import { membersOf } from '../../x509/minted.ts'
import { answerWith, leaf, question, questionOf, root } from './asked.ts'

const serialNumber = question.certificate.serialNumber

/** The CertID as the parser sees it. */
function certIdOf(certId: Uint8Array) {
  const response = parseOcspResponse(answerWith({}, { certId }))
  if (!response.ok || response.value.status !== 'successful') throw new Error('no CertID was read')
  const [single] = response.value.basic.responses
  if (!single) throw new Error('no single response')
  return single.certId
}

const isOfLeaf = (certId: Uint8Array) => isCertIdOf(certIdOf(certId), question)

describe('a CertID names a certificate by its number and hashes of its issuer (RFC 6960 4.1.1)', () => {
  test.each(['sha1', 'sha256'] as const)('by %s', (hash) => {
    expect(isOfLeaf(encodeCertId({ issuer: root, serialNumber, hash }))).toBe(true)
  })

  test.each(['md5', 'sha224', 'sha384', 'sha512'] as const)('but by %s nobody', (hash) => {
    expect(isOfLeaf(encodeCertId({ issuer: root, serialNumber, hash }))).toBe(false)
  })

  test('with parameters NULL or none, and no others', () => {
    const [, ...hashes] = membersOf(encodeCertId({ issuer: root, serialNumber }))
    const withAlgorithm = (...parameters: Uint8Array[]) =>
      der.sequence(der.sequence(der.oid('1.3.14.3.2.26'), ...parameters), ...hashes)
    expect(isOfLeaf(withAlgorithm(der.nullValue()))).toBe(true)
    expect(isOfLeaf(withAlgorithm())).toBe(true)
    expect(isOfLeaf(withAlgorithm(der.integer(1)))).toBe(false)
  })

  test('and no other certificate of the issuer', () => {
    const next = serialNumber.with(-1, (serialNumber.at(-1) ?? 0) ^ 1)
    expect(isOfLeaf(encodeCertId({ issuer: root, serialNumber: next }))).toBe(false)
    expect(isOfLeaf(encodeCertId({ issuer: root, serialNumber: 1n }))).toBe(false)
  })

  test('nor one of the same number by a namesake of the issuer: the key counts', () => {
    const namesake = createAuthority()
    expect(Buffer.compare(namesake.name, root.name)).toBe(0)
    expect(isOfLeaf(encodeCertId({ issuer: namesake, serialNumber }))).toBe(false)
  })

  test('nor one of the same number by the same key under another name', () => {
    const renamed = createAuthority({ subject: 'Renamed CA', key: root })
    expect(isOfLeaf(encodeCertId({ issuer: renamed, serialNumber }))).toBe(false)
  })

  test('with the octets of hashes of one algorithm under the identifier of another, nobody', () => {
    const [, ...hashes] = membersOf(encodeCertId({ issuer: root, serialNumber, hash: 'sha256' }))
    const algorithm = der.sequence(der.oid('1.3.14.3.2.26'), der.nullValue())
    expect(isOfLeaf(der.sequence(algorithm, ...hashes))).toBe(false)
  })

  test('whatever its number is: zero, negative, long, or with a leading zero', () => {
    for (const number of ['00', '80', '00ff', '01'.repeat(40)]) {
      const client = root.issue({ serialNumber: der.hex(number) })
      const certId = certIdOf(encodeCertId({ issuer: root, serialNumber: der.hex(number) }))
      expect(isCertIdOf(certId, questionOf(client, root))).toBe(true)
      expect(isCertIdOf(certId, questionOf(leaf, root))).toBe(false)
    }
  })
})
