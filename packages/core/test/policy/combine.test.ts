import { describe, expect, test } from 'vitest'
import { allOf, anyOf, not } from '../../src/policy/combine.ts'
import { isRule, Rule, readRule } from '../../src/policy/rule.ts'
import { dns, email } from '../../src/policy/rules/alternative-names.ts'
import { subject } from '../../src/policy/rules/subject.ts'
import { identityWith } from '../identity/identity.ts'
import { judged, thrownBy } from './judged.ts'

const REFUSED = 'ERR_POLICY_REFUSED'
const identity = identityWith({ san: { dns: 'a.example' } })
const [yes, no] = [dns('a.example'), dns('b.example')]

describe('rules combine as their names say', () => {
  test.each([
    [[yes], 'allowed'],
    [[no], REFUSED],
    [[yes, yes], 'allowed'],
    [[yes, no], REFUSED],
    [[no, yes], REFUSED],
    [[no, no], REFUSED],
    [[yes, yes, no], REFUSED],
  ])('allOf, case %#', (rules, expected) => {
    expect(judged(identity, allOf(...rules))).toBe(expected)
  })

  test.each([
    [[yes], 'allowed'],
    [[no], REFUSED],
    [[yes, no], 'allowed'],
    [[no, yes], 'allowed'],
    [[no, no], REFUSED],
    [[no, no, yes], 'allowed'],
  ])('anyOf, case %#', (rules, expected) => {
    expect(judged(identity, anyOf(...rules))).toBe(expected)
  })

  test('not', () => {
    expect(judged(identity, not(yes))).toBe(REFUSED)
    expect(judged(identity, not(no))).toBe('allowed')
    expect(judged(identity, not(not(yes)))).toBe('allowed')
  })

  test('nested, as De Morgan says', () => {
    for (const a of [yes, no]) {
      for (const b of [yes, no]) {
        expect(judged(identity, not(allOf(a, b)))).toBe(judged(identity, anyOf(not(a), not(b))))
        expect(judged(identity, not(anyOf(a, b)))).toBe(judged(identity, allOf(not(a), not(b))))
      }
    }
  })

  test('and are written as the application wrote them', () => {
    const rule = allOf(anyOf(dns('a'), email('b@c')), not(subject('CN=x')))
    expect(rule.text).toBe('allOf(anyOf(dns(a), email(b@c)), not(subject(CN=x)))')
  })
})

describe('a combination of nothing throws: of nothing, everything is true', () => {
  test.each([
    ['allOf()', () => allOf()],
    ['anyOf()', () => anyOf()],
    ['not(allOf())', () => not(allOf())],
  ])('%s', (_, build) => {
    expect(thrownBy(build)).toMatch(/^ERR_CONFIG_EMPTY_RULE (allOf|anyOf)\(\): has no rules\. Give it at least one\./)
  })
})

describe('only rules made by the builders are rules', () => {
  const lookalike = { text: 'everybody', judge: () => ({ allowed: true, presented: [] }) }

  test.each<[string, unknown]>([
    ['a text', 'a.example'],
    ['a regular expression', /a/],
    ['a function', () => true],
    ['true', true],
    ['null', null],
    ['undefined', undefined],
    ['a list of rules', [yes]],
    ['a look-alike', lookalike],
    ['an object with its prototype', Object.create(Rule.prototype)],
    ['an object that inherits from a rule', Object.create(yes)],
    ['an object without prototype', Object.create(null)],
    ['an object whose constructor is null', { constructor: null }],
    ['a proxy of a rule', new Proxy(yes, {})],
    ['a structured clone', structuredClone({ text: yes.text })],
  ])('%s is none', (_, value) => {
    expect(isRule(value)).toBe(false)
    const given = value as Rule
    for (const build of [
      () => allOf(given),
      () => anyOf(yes, given),
      () => not(given),
      () => readRule(given, 'allow'),
    ]) {
      expect(thrownBy(build)).toMatch(/^ERR_CONFIG_(TYPE|FOREIGN_COPY) /)
    }
  })

  test('says where the thing stands, and what to give', () => {
    expect(thrownBy(() => anyOf(yes, 'x' as never))).toMatch(
      /^ERR_CONFIG_TYPE anyOf\(\.\.\.\)\[1\]: is "x"\. Give a rule: dns\(\), .* or not\(\)\.$/,
    )
    expect(thrownBy(() => not('x' as never))).toMatch(/^ERR_CONFIG_TYPE not\(\.\.\.\)\[0\]: is "x"\./)
    expect(thrownBy(() => readRule(undefined, 'allow'))).toMatch(/^ERR_CONFIG_TYPE allow: /)
  })

  test('a rule of another copy of the library is told from other things', () => {
    const foreign = new (class Rule {
      text = 'dns(a.example)'
    })()
    expect(thrownBy(() => readRule(foreign, 'allow'))).toMatch(
      /^ERR_CONFIG_FOREIGN_COPY allow: is a rule of another copy of @clientcert\/core\. .*npm ls/,
    )
    for (const other of [lookalike, {}, new Date(0)]) {
      expect(thrownBy(() => readRule(other, 'allow'))).toMatch(/^ERR_CONFIG_TYPE allow: /)
    }
  })

  test('cannot be constructed, nor changed', () => {
    const make = (...args: readonly unknown[]): unknown => Reflect.construct(Rule, args)
    expect(() => make(Symbol('Rule'), 'everybody', lookalike.judge)).toThrow(TypeError)
    expect(() => make(undefined, 'everybody', lookalike.judge)).toThrow(/made by one of the builders/)
    expect(Reflect.set(yes, 'judge', lookalike.judge)).toBe(false)
    expect(Reflect.set(yes, 'text', 'other')).toBe(false)
    expect(isRule(yes)).toBe(true)
  })
})
