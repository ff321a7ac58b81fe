/** By what a responder knows a certificate: hashes of its issuer's name and key, and its serial number (RFC 6960 4.1.1). */
import { hash } from 'node:crypto'
import { isNullOrAbsent } from '../../signatures/pss-parameters.ts'
import { type Certificate, isSameBytes } from '../../x509/certificate.ts'
import type { CertId } from '../../x509/ocsp-single-response.ts'

/**
 * What is hashed with. SHA-1 is what every responder knows (RFC 5019 2.1.1 demands it); it names and does not prove, so that its collisions win nothing: what
 * is compared is of the issuer that the path was verified with.
 */
export const CERT_ID_HASHES = ['sha1', 'sha256'] as const

export type CertIdHash = (typeof CERT_ID_HASHES)[number]

export const CERT_ID_HASH_OIDS: Readonly<Record<CertIdHash, string>> = {
  sha1: '1.3.14.3.2.26',
  sha256: '2.16.840.1.101.3.4.2.1',
}

/** A certificate and who issued it, of a verified path. */
export interface Issued {
  readonly certificate: Certificate
  readonly issuer: Certificate
}

/** The hashes of a CertID: of the issuer's name as it stands in the certificate, and of its key without tag, length and unused bits. */
export function hashIssuer({ certificate, issuer }: Issued, algorithm: CertIdHash) {
  return {
    nameHash: hash(algorithm, certificate.issuer.der, 'buffer'),
    keyHash: hash(algorithm, issuer.publicKey.key, 'buffer'),
  }
}

/** Whether a CertID is that of the certificate, by either hash; by another it is nobody's. */
export function isCertIdOf(certId: CertId, issued: Issued): boolean {
  // The cheapest first: among the statuses of 256 certificates one has the number.
  if (!isSameBytes(certId.serialNumber, issued.certificate.serialNumber)) return false
  const { oid } = certId.hashAlgorithm
  const algorithm = CERT_ID_HASHES.find((each) => CERT_ID_HASH_OIDS[each] === oid)
  if (!algorithm || !isNullOrAbsent(certId.hashAlgorithm)) return false
  const { nameHash, keyHash } = hashIssuer(issued, algorithm)
  return isSameBytes(certId.issuerNameHash, nameHash) && isSameBytes(certId.issuerKeyHash, keyHash)
}
