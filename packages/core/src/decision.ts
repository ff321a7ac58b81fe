import type { UnusableEvidence } from './evidence/evidence.ts'
import type { EvidenceFailure } from './evidence/failures.ts'
import type { ClientIdentity } from './identity/client-identity.ts'
import type { PathRefusal } from './path/rank.ts'
import type { VerifiedPath } from './path/verified-path.ts'
import type { PolicyFailure } from './policy/failures.ts'
import type { RevocationFailure } from './revocation/failures.ts'
import type { RevocationReport } from './revocation/report.ts'
import type { TrustFailure } from './trust/failures.ts'
import type { Certificate } from './x509/certificate.ts'
import type { X509Failure } from './x509/failures.ts'

/** Why a certificate that could be read is not good. */
export type CertificateFailure = X509Failure | PathRefusal | RevocationFailure

/** Everything that a request can be refused for, a union over `code`. `docs/errors.md` lists it. */
export type ClientCertFailure = UnusableEvidence | CertificateFailure | PolicyFailure | TrustFailure

/** What was presented and not verified. For applications with a validation of their own; never an identity. */
export interface PresentedClient {
  /** DER of the end entity. Untrusted. */
  readonly der: Uint8Array
  /** Its fields, unverified; null where it could not even be parsed. */
  readonly certificate: Certificate | null
}

/** What the connection proved, whatever the route that asks. The only thing that is remembered. */
export type Authentication =
  | {
      readonly kind: 'verified'
      readonly identity: ClientIdentity
      readonly path: VerifiedPath
      readonly revocation: RevocationReport
    }
  | { readonly kind: 'refused'; readonly failure: CertificateFailure; readonly presented: PresentedClient }
  | { readonly kind: 'unusable'; readonly failure: UnusableEvidence }
  | { readonly kind: 'none'; readonly from: string }

/**
 * Which public error a refusal becomes; see `ClientCertError`. `'misdirected'` is of responses alone: the decision says `'required'` or `'rejected'`, and the
 * connection was asked for certificates of another host.
 */
export type RefusalReason = 'required' | 'rejected' | 'forbidden' | 'unavailable' | 'misdirected'

/** Who decided, where there are `hosts`. */
export interface DecidingHost {
  /**
   * The name of the entry whose trust, mode and policy the client met, in normal form, such as `*.b.example`; null where none is for the host of the request.
   * For the application to choose by what it serves: frameworks that go by `Host` compare its text, and `A.example` is another host to them.
   */
  readonly entry: string | null
  /**
   * The host of the request in normal form: lower case, without trailing dot and port, an address of IPv6 without brackets. Null where the request names none,
   * or no single one. Under a wildcard or `*`, the client's choice.
   */
  readonly name: string | null
  /**
   * The server name of TLS in normal form, for which the connection was opened. Null where Node knows none (without TLS, on resumed TLS 1.2, where the client
   * sent none), and where nothing failed, since it decides nothing.
   */
  readonly servername: string | null
  /** Whether the refusal is said to be misdirected (421, RFC 9110 15.5.20). */
  readonly isMisdirected: boolean
}

/** What every decision says. */
interface Decided {
  /** Absent without `hosts`. */
  readonly host?: DecidingHost
}

export interface Accepted extends Decided {
  readonly outcome: 'accepted'
  readonly identity: ClientIdentity
  readonly path: VerifiedPath
  readonly revocation: RevocationReport
}

/** No certificate was presented, and the mode does not mind. */
export interface Anonymous extends Decided {
  readonly outcome: 'anonymous'
}

/** A certificate was presented that is not verified, and the mode passes it on. */
export interface Unverified extends Decided {
  readonly outcome: 'unverified'
  readonly failure: CertificateFailure
  readonly presented: PresentedClient
}

export interface Rejected extends Decided {
  readonly outcome: 'rejected'
  readonly reason: RefusalReason
  readonly failure: ClientCertFailure | EvidenceFailure
  /** What was presented, unverified: says who was refused where the failure is about one of its issuers. Null where nothing could be read. */
  readonly presented: PresentedClient | null
  /** The verified identity, where only the policy refused; null otherwise. */
  readonly identity: ClientIdentity | null
}

/** The mode is `off`: nothing was looked at. */
export interface Skipped extends Decided {
  readonly outcome: 'skipped'
}

/** Whether the client may come in, and why not. Made anew for every request; never remembered. */
export type Decision = Accepted | Anonymous | Unverified | Rejected | Skipped
