/** A client as a proxy forwards it, and what its headers look like to who reads them. */
import { createHash } from 'node:crypto'
import type { Leaf } from '@clientcert/testing'
import type { CertificateDer } from '../../src/encoding/certificate-der.ts'
import type { FailureBase } from '../../src/failure.ts'
import type { ForwardedClient, HeaderFormat, HeaderLines } from '../../src/headers/header-format.ts'
import { failureOf, unwrap } from '../encoding/unwrap.ts'

/** What is forwarded of a leaf, with whatever the test wants otherwise. */
export const forwarded = (
  { certificate, chain: [, ...issuers] }: Leaf,
  otherwise: Partial<ForwardedClient> = {},
): ForwardedClient => ({
  certificates: [certificate.der, ...issuers.map(({ der }) => der)],
  failedFor: null,
  subject: certificate.x509.subject.split('\n').reverse().join(','),
  issuer: certificate.x509.issuer.split('\n').reverse().join(','),
  serialNumber: certificate.x509.serialNumber,
  fingerprint: createHash('sha256').update(certificate.der).digest('hex'),
  notBefore: new Date(certificate.x509.validFrom),
  notAfter: new Date(certificate.x509.validTo),
  uris: [],
  dnsNames: [],
  ...otherwise,
})

/** Headers as lines, each once. */
export const linesOf = (headers: Readonly<Record<string, string>>): HeaderLines =>
  new Map(Object.entries(headers).map(([name, value]) => [name, [value]]))

/** The certificates that headers assert, decoded; none where they assert none. */
export function certificatesIn(format: HeaderFormat, lines: HeaderLines): readonly CertificateDer[] {
  const { certificate } = unwrap(format.read(lines))
  return certificate ? unwrap(certificate.decode()) : []
}

/** Why headers are refused, while they are read or when the certificate is decoded. */
export function refusalIn(format: HeaderFormat, lines: HeaderLines): FailureBase {
  const assertion = format.read(lines)
  if (!assertion.ok) return assertion.failure
  if (!assertion.value.certificate) throw new Error('no certificate, where a refusal was expected')
  return failureOf(assertion.value.certificate.decode())
}

/** What becomes of headers: how many certificates, or the code of the refusal. Throws for nothing that headers can hold. */
export function outcomeIn(format: HeaderFormat, lines: HeaderLines): number | string {
  const assertion = format.read(lines)
  if (!assertion.ok) return assertion.failure.code
  const decoded = assertion.value.certificate?.decode()
  if (!decoded) return 0
  return decoded.ok ? decoded.value.length : decoded.failure.code
}
