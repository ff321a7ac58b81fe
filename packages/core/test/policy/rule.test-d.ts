import { allOf, type ClientIdentity, dns, not, type RouteOptions, type Rule } from '@clientcert/core'
import { describe, expectTypeOf, test } from 'vitest'

describe('a Rule, to the compiler', () => {
  test('is what builders return, and what `allow` takes', () => {
    expectTypeOf(dns('a.example')).toEqualTypeOf<Rule>()
    expectTypeOf<RouteOptions['allow']>().toEqualTypeOf<Rule | undefined>()
  })

  test('is no function, text or look-alike', () => {
    // @ts-expect-error A function that returns something truthy is no rule.
    allOf((identity: ClientIdentity) => identity.subject)
    // @ts-expect-error Nor is a text.
    not('a.example')
    // @ts-expect-error The private field is missing, and nobody can write it.
    const lookalike: Rule = { text: 'everybody', judge: () => ({ allowed: true, presented: [] }) }
    expectTypeOf(lookalike).toEqualTypeOf<Rule>()
  })
})
