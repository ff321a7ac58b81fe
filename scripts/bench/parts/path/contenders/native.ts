import { X509Certificate } from 'node:crypto'
import type { Family } from '../families.ts'
import type { Job, Judge } from '../job.ts'

const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2'

/**
 * What one writes with Node alone: names, signatures, validity, CA bit and purpose. No path length, key usage of issuers, constraints, policies,
 * critical extensions or identity, which `X509Certificate` does not tell.
 */
export function judgeNative({ root, issuer, at }: Family, job: Job): Judge {
  const [anchor, known] = [new X509Certificate(root.certificate.der), new X509Certificate(issuer.certificate.der)]
  const [anchorKey, knownKey] = [anchor.publicKey, known.publicKey]
  const isCurrent = ({ validFrom, validTo }: X509Certificate) =>
    Date.parse(validFrom) <= at.getTime() && at.getTime() <= Date.parse(validTo)
  // The types have it as text, and at run time it is a list.
  const isForClients = ({ keyUsage }: X509Certificate) => keyUsage.includes(CLIENT_AUTH)
  if (job === 'issuer cached') {
    return ({ leaf }) => {
      const certificate = new X509Certificate(leaf)
      return (
        isCurrent(certificate) &&
        isForClients(certificate) &&
        certificate.checkIssued(known) &&
        certificate.verify(knownKey)
      )
    }
  }
  return ({ leaf, intermediate }) => {
    const [certificate, above] = [new X509Certificate(leaf), new X509Certificate(intermediate)]
    return (
      [certificate, above].every(isCurrent) &&
      isForClients(certificate) &&
      above.ca &&
      certificate.checkIssued(above) &&
      certificate.verify(above.publicKey) &&
      above.checkIssued(anchor) &&
      above.verify(anchorKey)
    )
  }
}
