/** A client as a proxy forwards it, and what its headers look like to who reads them. */
import { createHash } from 'node:crypto'
import type { Leaf } from '@clientcert/testing'
import type { ForwardedClient, HeaderLines } from '../../src/headers/header-format.ts'

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
