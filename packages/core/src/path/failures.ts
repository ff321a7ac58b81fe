import { type FailureTable, type FailureUnion, failureMaker } from '../failure.ts'

/** An anchor that comes near to what was looked for. */
export interface NearAnchor {
  readonly subject: string
  readonly fingerprint: string
  readonly id: string | null
  readonly origin: string
  /** How it is near: it has name and key, the name but the route excludes it, or part of the name. */
  readonly likeness: 'same-name-and-key' | 'excluded-by-route' | 'similar-name' | 'only-held'
}

interface Unanchored {
  /** The name that was looked for, as RFC 4514, escaped. */
  readonly issuer: string
  /** The issuer's key identifier, hexadecimal, where the certificate names one. */
  readonly keyIdentifier: string | null
  /** What the store holds that comes nearest, at most three. */
  readonly nearest: readonly NearAnchor[]
  readonly anchorsHeld: number
}

export interface PathEvidence {
  ERR_PATH_EXPIRED: { readonly notAfter: Date; readonly at: Date }
  ERR_PATH_NOT_YET_VALID: { readonly notBefore: Date; readonly at: Date }
  ERR_PATH_NOT_A_CA: { readonly reason: string }
  ERR_PATH_LENGTH: { readonly allowed: number; readonly present: number }
  ERR_PATH_KEY_USAGE: { readonly required: readonly string[]; readonly present: readonly string[] }
  ERR_PATH_EXTENDED_KEY_USAGE: { readonly required: string; readonly present: readonly string[] }
  ERR_PATH_CRITICAL_EXTENSION: { readonly oid: string; readonly extension: string }
  ERR_PATH_NAME_CONSTRAINT: {
    /** The name that breaks the rule, escaped, and its type. */
    readonly name: string
    readonly type: string
    readonly rule: 'excluded' | 'not-permitted' | 'unreadable'
    /** Position of the authority that imposes the rule. */
    readonly authority: number
    readonly authoritySubject: string
    readonly authorityFingerprint: string
    /** Its subtrees for names of this type, at most eight: `+` permitted, `-` excluded. */
    readonly subtrees: readonly string[]
  }
  ERR_PATH_MISPLACED_CONSTRAINT: { readonly extension: string }
  ERR_PATH_POLICY: {
    /** Those that the application accepts; null for any. */
    readonly accepted: readonly string[] | null
    readonly present: readonly string[]
    /** Who demands one: the application, or the authority at this position. */
    readonly demandedBy: 'application' | number
  }
  ERR_PATH_POLICY_MAPPING: { readonly policy: string }
  ERR_PATH_TOO_LONG: { readonly limit: number }
  ERR_PATH_TOO_MANY_CERTIFICATES: { readonly limit: number; readonly present: number }
  ERR_PATH_BUDGET: { readonly budget: 'signatures' | 'steps' | 'comparisons' | 'policies'; readonly limit: number }
  ERR_PATH_ISSUER_MISSING: Unanchored
  ERR_PATH_SELF_SIGNED: Unanchored
  ERR_PATH_NO_ANCHOR: Unanchored
}

export type PathFailure = FailureUnion<PathEvidence>

const RENEW = 'A certificate that is valid now has to be presented; if this one should be, compare the clocks.'
const BUDGETS = {
  steps: 'steps',
  signatures: 'units of signature cost',
  comparisons: 'comparisons of names',
  policies: 'policies and mappings',
} as const

const RULES = {
  excluded: 'excluded',
  'not-permitted': 'not permitted',
  unreadable: 'not in a form that can be permitted',
} as const

const STORE_OR_STRANGER =
  'Add the right certification authority to `trust` if whoever presented this is yours; otherwise it is a certificate of somebody else.'

/** A clock that is broken has to end in a refusal, not in the RangeError of `toISOString`. */
const instant = (date: Date): string => (Number.isNaN(date.getTime()) ? 'no instant' : date.toISOString())

export const PATH_FAILURES: FailureTable<PathEvidence> = {
  ERR_PATH_EXPIRED: {
    fault: 'client',
    clause: 'RFC 5280 4.1.2.5 and 6.1.3 (a)(2)',
    meaning: 'A certificate of the path is past its notAfter, which is inclusive.',
    message: ({ notAfter, at }) => `expired at ${instant(notAfter)}, it is ${instant(at)}`,
    hint: RENEW,
  },
  ERR_PATH_NOT_YET_VALID: {
    fault: 'client',
    clause: 'RFC 5280 4.1.2.5 and 6.1.3 (a)(2)',
    meaning: 'A certificate of the path is before its notBefore, which is inclusive.',
    message: ({ notBefore, at }) => `not valid before ${instant(notBefore)}, it is ${instant(at)}`,
    hint: RENEW,
  },
  ERR_PATH_NOT_A_CA: {
    fault: 'client',
    clause: 'RFC 5280 4.2.1.9 and 6.1.4 (k)',
    meaning: 'A certificate issued another without being a certification authority.',
    message: ({ reason }) => `cannot issue certificates: ${reason}`,
    hint: 'An end entity signed for another, which is an attack, or the CA certificate was made without basicConstraints CA:TRUE.',
  },
  ERR_PATH_LENGTH: {
    fault: 'client',
    clause: 'RFC 5280 4.2.1.9 and 6.1.4 (l), (m)',
    meaning: 'More intermediates stand below a certification authority than its pathLenConstraint allows.',
    message: ({ allowed, present }) => `allows ${allowed} intermediates below it, the path has ${present}`,
    hint: 'Have the intermediate issued by an authority that may have so many below it.',
  },
  ERR_PATH_KEY_USAGE: {
    fault: 'client',
    clause: "RFC 5280 4.2.1.3 and 6.1.4 (n); RFC 5246 7.4.6 for the client's own",
    meaning: 'The keyUsage of a certificate does not allow what its key was used for.',
    message: ({ required, present }) => `keyUsage needs ${required.join(' or ')}, it has ${present.join(', ')}`,
    hint: 'Have the certificate issued again with the right keyUsage, or without the extension.',
  },
  ERR_PATH_EXTENDED_KEY_USAGE: {
    fault: 'client',
    clause: 'RFC 5280 4.2.1.12; nesting as OpenSSL, Go and webpki do it',
    meaning:
      'A certificate of the path is restricted to purposes among which the one that is asked for (`purpose`, clientAuth unless set) is not.',
    message: ({ required, present }) => `extendedKeyUsage needs ${required}, it has ${present.join(', ')}`,
    hint: 'Have a certificate issued with the purpose that is needed, by an authority that may issue such: of a client clientAuth unless `purpose` says otherwise, of a server serverAuth.',
  },
  ERR_PATH_CRITICAL_EXTENSION: {
    fault: 'client',
    clause: 'RFC 5280 4.2, 6.1.4 (o), 6.1.5 (f)',
    meaning: 'An extension is critical that this library does not process, so its meaning cannot be respected.',
    message: ({ oid, extension }) =>
      `the critical extension ${extension}${extension === oid ? '' : ` (${oid})`} is not processed`,
    hint: 'Have the certificate issued without the extension, or with the extension not critical.',
  },
  ERR_PATH_NAME_CONSTRAINT: {
    fault: 'client',
    clause: 'RFC 5280 4.2.1.10 and 6.1.3 (b), (c); RFC 5937 for anchors',
    meaning:
      'A name in a certificate lies outside what an authority above it may vouch for, or has a form to which the constraint cannot be applied.',
    message: ({ name, type, rule, authoritySubject, authorityFingerprint, subtrees }) =>
      `the ${type} ${name} is ${RULES[rule]} by ${authoritySubject}, SHA-256 ${authorityFingerprint}, whose constraints for this type are ${subtrees.join(', ')}`,
    hint: 'Have the certificate issued for names within the constraints (+ permitted, - excluded), or by an authority that may vouch for this one.',
  },
  ERR_PATH_MISPLACED_CONSTRAINT: {
    fault: 'client',
    clause: 'RFC 5280 4.2.1.10: only in CA certificates',
    meaning: 'An end entity that is no authority carries constraints for certificates below it.',
    message: ({ extension }) => `carries ${extension}, which only an authority may`,
    hint: 'Have the certificate issued again without the extension.',
  },
  ERR_PATH_POLICY: {
    fault: 'client',
    clause: 'RFC 5280 6.1.3 (f) and 6.1.5 (g), RFC 9618',
    meaning:
      'An explicit certificate policy is required, by the application or by an authority of the path, and none survives that is accepted.',
    message: ({ accepted, present, demandedBy }) =>
      `needs ${accepted === null ? 'some policy' : `one of ${accepted.join(', ')}`} all the way, which ${demandedBy === 'application' ? 'the option `policies`' : `the authority at position ${demandedBy} above it`} demands; it asserts ${present.length === 0 ? 'none' : present.join(', ')}`,
    hint: 'Have the certificate, and those of its authorities, issued under such a policy; or, where the application demands it, change `policies`.',
  },
  ERR_PATH_POLICY_MAPPING: {
    fault: 'client',
    clause: 'RFC 5280 6.1.4 (a)',
    meaning: 'An authority maps a policy to or from anyPolicy, which would make every policy every other.',
    message: ({ policy }) => `maps to or from ${policy}`,
    hint: "Have the authority's certificate issued again.",
  },
  ERR_PATH_TOO_LONG: {
    fault: 'client',
    clause: 'option maxIntermediates',
    meaning: 'The search reached the number of intermediates that the application allows.',
    message: ({ limit }) => `no anchor within ${limit} intermediates`,
    hint: 'Raise `maxIntermediates` if your paths really are longer.',
  },
  ERR_PATH_TOO_MANY_CERTIFICATES: {
    fault: 'client',
    clause: 'option limits.presented',
    meaning: 'The client presented more certificates than are looked at.',
    message: ({ limit, present }) =>
      `${present} certificates presented besides its own, at most ${limit} are looked at`,
    hint: 'Present the certificate and its intermediates only.',
  },
  ERR_PATH_BUDGET: {
    fault: 'client',
    clause: 'CVE-2018-16875; webpki Budget; option limits.signatureCost',
    meaning: 'The search was ended because it cost more than any honest path does.',
    message: ({ budget, limit }) => `the search used up its budget of ${limit} ${BUDGETS[budget]}`,
    hint: 'Expect an attack. A maze of cross-certificates can need `limits.signatureCost`.',
  },
  ERR_PATH_ISSUER_MISSING: {
    fault: 'client',
    clause: 'RFC 5280 6.1',
    meaning: 'Nobody holds the certificate of the issuer: neither the client sent it nor does the store have it.',
    message: ({ issuer, anchorsHeld }) =>
      `its issuer ${issuer} was neither presented nor is it among the ${anchorsHeld} anchors or the intermediates`,
    hint: 'Intermediates have to be sent along with a certificate, or are put into the same `trust` source as the root. Otherwise it is of another authority.',
  },
  ERR_PATH_SELF_SIGNED: {
    fault: 'client',
    clause: 'RFC 5280 6.1',
    meaning: 'The client presented a self-signed certificate that is no trust anchor.',
    message: ({ anchorsHeld }) => `is self-signed and not one of the ${anchorsHeld} anchors`,
    hint: STORE_OR_STRANGER,
  },
  ERR_PATH_NO_ANCHOR: {
    fault: 'client',
    clause: 'RFC 5280 6.1',
    meaning: 'The path ends at a self-signed certificate that the client sent along and that is no trust anchor.',
    message: ({ issuer, anchorsHeld }) => `leads to ${issuer}, which is not one of the ${anchorsHeld} anchors`,
    hint: STORE_OR_STRANGER,
  },
}

export const pathFailure = failureMaker('path', PATH_FAILURES)
