import { ConfigurationError } from '../configuration-error.ts'
import { createRule, type Rule, type RuleUse, readRule, type Verdict } from './rule.ts'

/**
 * Allows where every rule allows.
 *
 * @throws {ConfigurationError} `ERR_CONFIG_EMPTY_RULE` without rules: of nothing, everything is true, and everybody would come in.
 */
export function allOf(...rules: readonly Rule[]): Rule {
  const checked = readRules('allOf', rules)
  return createRule(
    textOf('allOf', checked),
    (identity) => {
      const verdicts = checked.map((rule) => rule.judge(identity))
      // Where all allow, a `not` around this one refuses, and says what was there.
      return verdicts.find(({ allowed }) => !allowed) ?? { allowed: true, presented: presentedTo(verdicts) }
    },
    useOf(checked),
  )
}

/**
 * Allows where at least one rule allows.
 *
 * @throws {ConfigurationError} `ERR_CONFIG_EMPTY_RULE` without rules.
 */
export function anyOf(...rules: readonly Rule[]): Rule {
  const checked = readRules('anyOf', rules)
  return createRule(
    textOf('anyOf', checked),
    (identity) => {
      const verdicts: Verdict[] = []
      for (const rule of checked) {
        const verdict = rule.judge(identity)
        if (verdict.allowed) return verdict
        verdicts.push(verdict)
      }
      return { allowed: false, presented: presentedTo(verdicts) }
    },
    useOf(checked),
  )
}

/**
 * Allows where the rule refuses. By itself it admits everybody else whom the trust store vouches for: usually meant inside
 * {@link allOf}.
 *
 * @throws {ConfigurationError} `ERR_CONFIG_VALUE` over `fingerprint`, however deep: whoever holds a certificate signed with ECDSA can write its signature in a
 *   second valid way, and so has another fingerprint. `issuerAndSerialNumber` is what the holder cannot change.
 */
export function not(rule: Rule): Rule {
  const [checked] = readRules('not', [rule])
  if (checked.use === 'allow-only') {
    const fix = 'Name the certificate by issuerAndSerialNumber(), which is within the signed part.'
    throw new ConfigurationError('ERR_CONFIG_VALUE', 'not()', `${checked.text} can be evaded by the holder`, fix)
  }
  return createRule(textOf('not', [checked]), (identity) => {
    const { allowed, presented } = checked.judge(identity)
    return { allowed: !allowed, presented }
  })
}

function readRules(name: string, rules: readonly unknown[]): readonly [Rule, ...Rule[]] {
  const [first, ...rest] = rules.map((rule, index) => readRule(rule, `${name}(...)[${index}]`))
  if (first) return [first, ...rest]
  throw new ConfigurationError('ERR_CONFIG_EMPTY_RULE', `${name}()`, 'has no rules', 'Give it at least one.')
}

/** What the rules were shown, each name once. */
const presentedTo = (verdicts: readonly Verdict[]): readonly string[] => [
  ...new Set(verdicts.flatMap(({ presented }) => presented)),
]

const useOf = (rules: readonly Rule[]): RuleUse =>
  rules.some(({ use }) => use === 'allow-only') ? 'allow-only' : 'any'

const textOf = (name: string, rules: readonly Rule[]): string => `${name}(${rules.map(({ text }) => text).join(', ')})`
