import { ConfigurationError, shown } from '../configuration-error.ts'
import type { ClientIdentity } from '../identity/client-identity.ts'

const proof: unique symbol = Symbol('Rule')

/** What a rule says of an identity. */
export interface Verdict {
  readonly allowed: boolean
  /** What the certificate has of the kind that was asked for, for the log. Unescaped. */
  readonly presented: readonly string[]
}

/** Whether a rule may stand under `not`. */
export type RuleUse = 'any' | 'allow-only'

/**
 * A rule of a policy: asked about a {@link ClientIdentity}, it allows or refuses. Made by the builders of this folder only, so that what stands in
 * `allow` is always exact: no strings that are secretly patterns, no functions that return something truthy.
 */
export class Rule {
  readonly #judge: (identity: ClientIdentity) => Verdict
  /** As the application would write it, for messages. */
  readonly text: string
  /**
   * `'allow-only'` where the holder of a certificate can make another that the rule no longer knows, so that refusing by it refuses nobody; see
   * `fingerprint`.
   */
  readonly use: RuleUse

  constructor(key: typeof proof, text: string, use: RuleUse, judge: (identity: ClientIdentity) => Verdict) {
    if (key !== proof) throw new TypeError('a Rule is made by one of the builders: dns(), allOf(), ...')
    this.text = text
    this.use = use
    this.#judge = judge
    Object.freeze(this)
  }

  judge(identity: ClientIdentity): Verdict {
    return this.#judge(identity)
  }

  static is(value: unknown): value is Rule {
    return typeof value === 'object' && value !== null && #judge in value
  }
}

/** Whether a value is a rule that this copy of the library made. */
export const isRule = (value: unknown): value is Rule => Rule.is(value)

/** For the builders of this folder. */
export const createRule = (text: string, judge: (identity: ClientIdentity) => Verdict, use: RuleUse = 'any'): Rule =>
  new Rule(proof, text, use, judge)

/** Reads an option that is a rule. */
export function readRule(value: unknown, option: string): Rule {
  if (isRule(value)) return value
  if (typeof value === 'object' && value !== null && value.constructor?.name === 'Rule') {
    const fix = 'Install one version: `npm ls @clientcert/core` shows the copies.'
    throw new ConfigurationError(
      'ERR_CONFIG_FOREIGN_COPY',
      option,
      'is a rule of another copy of @clientcert/core',
      fix,
    )
  }
  const fix =
    'Give a rule: dns(), email(), uri(), ip(), spiffeId(), subject(), issuerAndSerialNumber(), fingerprint(), allOf(), anyOf() or not().'
  throw new ConfigurationError('ERR_CONFIG_TYPE', option, `is ${shown(value)}`, fix)
}
