import { type FailureTable, type FailureUnion, failureMaker } from '../failure.ts'
import type { RevocationReason } from '../x509/revocation-reason.ts'

/** One source that gave no answer, and why. */
export interface Unanswered {
  readonly source: string
  readonly because: string
  readonly detail: string
}

export interface RevocationEvidence {
  ERR_REVOCATION_REVOKED: {
    readonly reason: RevocationReason
    readonly revokedAt: Date
    readonly source: string
    /** When the source said so. */
    readonly asOf: Date
  }
  ERR_REVOCATION_ON_HOLD: { readonly revokedAt: Date; readonly source: string; readonly asOf: Date }
  ERR_REVOCATION_UNKNOWN: { readonly source: string; readonly asOf: Date }
  ERR_REVOCATION_UNAVAILABLE: { readonly tried: readonly Unanswered[] }
  ERR_REVOCATION_NO_SOURCE: {
    readonly issuer: string
    /** What the certificate names. */
    readonly pointers: readonly ('ocsp' | 'crl')[]
    /** What is followed. */
    readonly follow: readonly ('ocsp' | 'crl')[]
  }
}

export type RevocationFailure = FailureUnion<RevocationEvidence>

/** Why nobody could be asked about a certificate. */
export const nobodyToAsk = ({ issuer, pointers, follow }: RevocationEvidence['ERR_REVOCATION_NO_SOURCE']): string =>
  `no CRL at hand is of its issuer ${issuer}; it names ${shownPointers(pointers)}, and ${shownPointers(follow)} is followed`

const shownPointers = (pointers: readonly ('ocsp' | 'crl')[]): string =>
  pointers.length === 0
    ? 'nothing'
    : pointers.map((each) => (each === 'ocsp' ? 'a responder' : 'a distribution point')).join(' and ')

const day = (at: Date): string => at.toISOString()

export const REVOCATION_FAILURES: FailureTable<RevocationEvidence> = {
  ERR_REVOCATION_REVOKED: {
    fault: 'client',
    clause: 'RFC 5280 6.3, RFC 6960 2.2',
    meaning: 'The certificate was revoked by its issuer.',
    message: ({ reason, revokedAt, source, asOf }) =>
      `revoked at ${day(revokedAt)} (${reason}), says ${source} as of ${day(asOf)}`,
    hint: 'A new certificate with a new key is needed. If it should not be revoked, ask its authority.',
  },
  ERR_REVOCATION_ON_HOLD: {
    fault: 'client',
    clause: 'RFC 5280 5.3.1',
    meaning: 'The certificate is suspended by its issuer (certificateHold).',
    message: ({ revokedAt, source, asOf }) => `on hold since ${day(revokedAt)}, says ${source} as of ${day(asOf)}`,
    hint: 'Its authority can lift the hold; the certificate is accepted again once a newer list or answer says so.',
  },
  ERR_REVOCATION_UNKNOWN: {
    fault: 'client',
    clause: 'RFC 6960 2.2',
    meaning: 'The responder of the issuer does not know the certificate.',
    message: ({ source, asOf }) => `unknown to ${source} as of ${day(asOf)}`,
    hint: 'Either the certificate was never issued, or the responder is not told of new ones in time: compare its serial number at the authority.',
  },
  ERR_REVOCATION_UNAVAILABLE: {
    fault: 'server',
    clause: "revocation mode 'strict'",
    meaning: "No source said whether the certificate is revoked, and mode 'strict' accepts none without an answer.",
    message: ({ tried }) =>
      `no source answered: ${tried.map(({ source, because, detail }) => `${source}: ${because} (${detail})`).join('; ')}`,
    hint: 'See what each source said; `status()` has their last success. `mode: ignore-ca-error` accepts meanwhile.',
  },
  ERR_REVOCATION_NO_SOURCE: {
    fault: 'server',
    clause: "revocation mode 'strict'",
    meaning: "Nobody could be asked about the certificate, and mode 'strict' accepts none without an answer.",
    message: (evidence) => nobodyToAsk(evidence),
    hint: 'Add the CRL of its issuer to `revocation.crls`, or follow what it names: `revocation.follow`, with its host in `revocation.fetch.hosts`.',
  },
}

export const revocationFailure = failureMaker('revocation', REVOCATION_FAILURES)
