import type { Certificate } from '../x509/certificate.ts'
import { certificateRef } from '../x509/certificate-ref.ts'
import { showName } from '../x509/name.ts'
import { type Answer, shownSource } from './answer.ts'
import type { RevocationSettings } from './context.ts'
import { type RevocationEvidence, type RevocationFailure, revocationFailure, type Unanswered } from './failures.ts'
import type { Verdict } from './judge.ts'

/** The failure that a verdict is, for the certificate that it is about; undefined where it lets the certificate pass. */
export function failureOf(
  verdict: Verdict,
  certificate: Certificate,
  position: number,
  { follow }: RevocationSettings,
): RevocationFailure | undefined {
  const ref = certificateRef(certificate, position)
  switch (verdict.kind) {
    case 'good':
    case 'exempt':
    case 'unanswered':
      return undefined
    case 'unknown': {
      const { answer } = verdict
      return revocationFailure('ERR_REVOCATION_UNKNOWN', saidBy(answer), ref)
    }
    case 'revoked': {
      const { answer } = verdict
      const { reason } = answer
      const said = { ...saidBy(answer), revokedAt: new Date(answer.revokedAt) }
      return reason === 'certificateHold'
        ? revocationFailure('ERR_REVOCATION_ON_HOLD', said, ref)
        : revocationFailure('ERR_REVOCATION_REVOKED', { ...said, reason }, ref)
    }
    case 'unavailable': {
      const tried = verdict.answers.map(unansweredOf)
      return tried.length > 0
        ? revocationFailure('ERR_REVOCATION_UNAVAILABLE', { tried }, ref)
        : revocationFailure('ERR_REVOCATION_NO_SOURCE', noSourceOf(certificate, follow), ref)
    }
    default:
      return verdict satisfies never
  }
}

const saidBy = (answer: Extract<Answer, { readonly asOf: number }>) => ({
  source: shownSource(answer),
  asOf: new Date(answer.asOf),
})

const unansweredOf = (answer: Answer): Unanswered => ({
  source: shownSource(answer),
  because: answer.kind === 'none' ? answer.because : answer.kind,
  detail: answer.kind === 'none' ? answer.detail : '',
})

/** Who could be asked about a certificate, and is not. */
export function noSourceOf(
  { issuer, extensions }: Certificate,
  follow: RevocationSettings['follow'],
): RevocationEvidence['ERR_REVOCATION_NO_SOURCE'] {
  const { authorityInfoAccess, cRLDistributionPoints } = extensions
  const pointers = [
    ...(authorityInfoAccess ? (['ocsp'] as const) : []),
    ...(cRLDistributionPoints ? (['crl'] as const) : []),
  ]
  return { issuer: showName(issuer), pointers, follow }
}
