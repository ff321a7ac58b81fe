import type { Evidence } from './evidence/evidence.ts'
import { type Certificate, parseCertificate } from './x509/certificate.ts'
import { certificateRef } from './x509/certificate-ref.ts'
import type { PresentedLimits } from './x509/parse-presented.ts'

/**
 * Names the certificate that a proxy asserts and that is refused without being looked at, so that the log says whose it is.
 *
 * Judges nothing: the name is as unverified as that in every other refusal. Leaves the failure as it is where the text cannot be decoded or parsed within the
 * limits. Only refusals pay for it.
 */
export function nameAsserted(evidence: Evidence, limits: Pick<PresentedLimits, 'maxCertificateBytes'>): Evidence {
  if (evidence.kind !== 'unusable' || !evidence.asserted) return evidence
  const certificate = endEntityOf(evidence.asserted, limits)
  if (!certificate) return evidence
  return {
    kind: 'unusable',
    failure: Object.freeze({ ...evidence.failure, certificate: certificateRef(certificate, 0) }),
  }
}

function endEntityOf(
  read: NonNullable<Extract<Evidence, { kind: 'unusable' }>['asserted']>,
  { maxCertificateBytes: maxBytes }: Pick<PresentedLimits, 'maxCertificateBytes'>,
): Certificate | undefined {
  const presented = read()
  const certificate = presented.ok ? parseCertificate(presented.value[0], { maxBytes }) : undefined
  return certificate?.ok ? certificate.value : undefined
}
