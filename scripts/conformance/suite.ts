import type { AuthenticatorOptions, CertificateInput } from '@clientcert/core'

export type Verdict = 'accept' | 'reject'

/** What is asked of the library: an input of `verifyCertificate` and its options. */
export interface Question {
  readonly input: CertificateInput
  readonly options: Omit<AuthenticatorOptions, 'from' | 'purpose'>
  /** The certificate is good where it is good for each of these. */
  readonly purposes: readonly string[]
}

/** One case of a suite, as the suite has it. */
export interface Case {
  readonly suite: 'limbo' | 'pkits'
  readonly id: string
  /** The part of the suite that it belongs to. */
  readonly namespace: string
  /** How much it matters here: a word of the profile file, or one of {@link PROFILES}. */
  readonly profile: Profile
  readonly expected: Verdict
  /** What the suite says it is about. */
  readonly about: string
  /** Null where the suite asks for something that no option asks for; `about` says what then. */
  readonly question: Question | null
}

/**
 * `required` and `strict-profile` count, as does `unclassified`: what no profile speaks of may not slip through. `optional` is reported;
 * `not-applicable` is not run.
 */
export const PROFILES = ['required', 'strict-profile', 'unclassified', 'optional', 'not-applicable'] as const

export type Profile = (typeof PROFILES)[number]

/** Profiles in which each disagreement is a failure unless it is argued. */
export const COUNTED: ReadonlySet<Profile> = new Set(['required', 'strict-profile', 'unclassified'])

/** The CRLs of a case are all that may be asked about its certificates: nobody is accepted without an answer, and the clock is the case's own. */
export const STRICT = { mode: 'strict', clockSkewSeconds: 0 } as const

/**
 * Suites hand over a pool of certificates, with those of CRL signers and of paths that lead nowhere; the default of `limits.presented` is
 * for what a client sends.
 */
export const POOL = { presented: 64 } as const
