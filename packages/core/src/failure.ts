/**
 * What every failure carries, whichever leg found it.
 *
 * A failure is for the operator who reads the log: which certificate, which rule, what was found and what to do. It holds
 * no PEM or key, of headers no text but the word of a proxy's verdict, escaped and cut, and adapters never send any part of it to the peer (they send a constant, see `responses.ts`).
 * Each leg declares its failures as one table in its `failures.ts`; `errors.ts` assembles them and `docs/errors.md` is
 * generated from that.
 */
export type Leg =
  | 'encoding'
  | 'headers'
  | 'evidence'
  | 'x509'
  | 'signatures'
  | 'trust'
  | 'path'
  | 'revocation'
  | 'policy'

/** Who can fix it: whoever holds the certificate, whoever runs the proxy in front, or whoever runs this application. */
export type Fault = 'client' | 'proxy' | 'server'

/** Which certificate a failure speaks of. Every text in it is escaped and capped: names in certificates are hostile. */
export interface CertificateRef {
  /** 0 is the end entity, 1 its issuer, and so on towards the anchor. */
  readonly position: number
  /** RFC 4514, most specific RDN first, escaped, at most 256 characters. */
  readonly subject: string
  /** Lower-case hexadecimal, as it stands in the certificate. */
  readonly serial: string
  /** SHA-256 of the DER, lower-case hexadecimal. */
  readonly fingerprint: string
}

export interface FailureBase {
  /** `ERR_<LEG>_<CONDITION>`; compare this, never the message. */
  readonly code: string
  readonly leg: Leg
  readonly fault: Fault
  /** Absent where no certificate could be read yet. */
  readonly certificate: CertificateRef | null
  /** The clause, CVE or decision behind the rule. */
  readonly clause: string
  /** For people; may change between versions. */
  readonly message: string
  /** What to do about it. */
  readonly hint: string
  /** Why the other candidate paths failed, where several were tried; this one is the most specific. */
  readonly others: readonly FailureBase[]
}

/** A failure with the typed evidence that belongs to its code. */
export type Failure<Code extends string, Evidence> = Readonly<FailureBase & { code: Code } & Evidence>

/** One row of a table of codes: everything that is constant about a code. */
export interface ReasonRow<Evidence> {
  /** The clause, CVE or decision behind the rule. */
  readonly clause: string
  /** One sentence for `docs/errors.md`. */
  readonly meaning: string
  readonly message: (evidence: Evidence) => string
  readonly hint: string
}

/** A table of codes, each with the evidence that belongs to it. */
export type ReasonTable<EvidenceByCode> = { readonly [Code in keyof EvidenceByCode]: ReasonRow<EvidenceByCode[Code]> }

/** What a reason carries besides its evidence. */
export interface ReasonBase {
  readonly clause: string
  readonly hint: string
}

/** The union over `code` of the reasons of a table, each with its evidence. */
export type Reason<EvidenceByCode, Base = ReasonBase> = {
  [Code in keyof EvidenceByCode & string]: Readonly<{ code: Code } & Base & EvidenceByCode[Code]>
}[keyof EvidenceByCode & string]

/** One row of a leg's table. */
export interface FailureRow<Evidence> extends ReasonRow<Evidence> {
  readonly fault: Fault
}

export type FailureTable<EvidenceByCode> = { readonly [Code in keyof EvidenceByCode]: FailureRow<EvidenceByCode[Code]> }

/** The union over `code` of all failures of a leg. */
export type FailureUnion<EvidenceByCode> = {
  [Code in keyof EvidenceByCode & string]: Failure<Code, EvidenceByCode[Code]>
}[keyof EvidenceByCode & string]

/** The member of a leg's union that has this code. */
export type FailureWith<EvidenceByCode, Code extends keyof EvidenceByCode & string> = Extract<
  FailureUnion<EvidenceByCode>,
  { code: Code }
>

/** Makes the one function with which a leg states its failures, from its table. */
export function failureMaker<EvidenceByCode>(leg: Leg, table: FailureTable<EvidenceByCode>) {
  // Two signatures, since the table's type ties the evidence to the code and TypeScript cannot carry that through a spread.
  function state<Code extends keyof EvidenceByCode & string>(
    code: Code,
    evidence: EvidenceByCode[Code],
    certificate?: CertificateRef | null,
  ): FailureWith<EvidenceByCode, Code>
  function state<Code extends keyof EvidenceByCode & string>(
    code: Code,
    evidence: EvidenceByCode[Code],
    certificate: CertificateRef | null = null,
  ): FailureBase {
    const { fault, clause, message, hint } = table[code]
    return Object.freeze({
      ...evidence,
      code,
      leg,
      fault,
      certificate,
      clause,
      message: message(evidence),
      hint,
      others: [],
    })
  }
  return state
}
