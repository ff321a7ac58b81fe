import { ConfigurationError } from '../configuration-error.ts'
import { createRule, type Rule, readRule, type Verdict } from './rule.ts'

/**
 * Allows where every rule allows.
 *
 * @throws {ConfigurationError} `ERR_CONFIG_EMPTY_RULE` without rules: of nothing, everything is true, and everybody would come in.
 */
export function allOf(...rules: readonly Rule[]): Rule {
  const checked = readRules('allOf', rules)
  return createRule(textOf('allOf', checked), (identity) => {
    const refusal = checked.map((rule) => rule.judge(identity)).find(({ allowed }) => !allowed)
    return refusal ?? { allowed: true, presented: [] }
  })
}

/**
 * Allows where at least one rule allows.
 *
 * @throws {ConfigurationError} `ERR_CONFIG_EMPTY_RULE` without rules.
 */
export function anyOf(...rules: readonly Rule[]): Rule {
  const checked = readRules('anyOf', rules)
  return createRule(textOf('anyOf', checked), (identity) => {
    const verdicts: Verdict[] = []
    for (const rule of checked) {
      const verdict = rule.judge(identity)
      if (verdict.allowed) return verdict
      verdicts.push(verdict)
    }
    return { allowed: false, presented: [...new Set(verdicts.flatMap(({ presented }) => presented))] }
  })
}

/**
 * Allows where the rule refuses. By itself it admits everybody else whom the trust store vouches for: usually meant inside
 * {@link allOf}.
 */
export function not(rule: Rule): Rule {
  const [checked] = readRules('not', [rule])
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

const textOf = (name: string, rules: readonly Rule[]): string => `${name}(${rules.map(({ text }) => text).join(', ')})`
