import { type CertificateOptions, createAuthority, extension } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { refusalOf, storeOf, verdict, verdictOn } from '../verdict.ts'
import type { Subtrees } from './constrained.ts'

const constrained = (constraints: Subtrees): CertificateOptions => ({
  extensions: [extension.nameConstraints(constraints)],
})
const inside = { san: { dns: 'x.a.example' } }
const outside = { san: { dns: 'x.b.example' } }
const toA = constrained({ permitted: { dns: 'a.example' } })

describe('constraints hold for every certificate below their authority (RFC 5280 6.1.3 b, c)', () => {
  test('an intermediate', () => {
    expect(verdictOn({ intermediate: toA, leaf: inside })).toBe('accepted')
    expect(verdictOn({ intermediate: toA, leaf: outside })).toBe('ERR_PATH_NAME_CONSTRAINT at 0')
  })

  test('the anchor itself (RFC 5937 section 3.2)', () => {
    expect(verdictOn({ root: toA, leaf: inside })).toBe('accepted')
    expect(verdictOn({ root: toA, leaf: outside })).toBe('ERR_PATH_NAME_CONSTRAINT at 0')
  })

  test("names of an intermediate below count as the client's do", () => {
    expect(verdictOn({ root: toA, intermediate: outside, leaf: inside })).toBe('ERR_PATH_NAME_CONSTRAINT at 1')
    const root = constrained({ permitted: { directoryName: [{ O: 'A' }] } })
    const subject = (O: string) => ({ subject: { O, CN: 'x' } })
    expect(verdictOn({ root, intermediate: subject('A'), leaf: subject('A') })).toBe('accepted')
    expect(verdictOn({ root, intermediate: subject('B'), leaf: subject('A') })).toBe('ERR_PATH_NAME_CONSTRAINT at 1')
  })

  test('but not the names of the authority that imposes them', () => {
    expect(verdictOn({ intermediate: { ...toA, san: { dns: 'z.example' } }, leaf: inside })).toBe('accepted')
  })

  test('marked critical or not', () => {
    const lenient = constrained({ permitted: { dns: 'a.example' }, critical: false })
    expect(verdictOn({ intermediate: lenient, leaf: inside })).toBe('accepted')
    expect(verdictOn({ intermediate: lenient, leaf: outside })).toBe('ERR_PATH_NAME_CONSTRAINT at 0')
  })

  test('the failure says which name breaks whose rule', () => {
    const root = createAuthority(toA)
    expect(refusalOf(root.intermediate().issue(outside), storeOf([root]))).toMatchObject({
      code: 'ERR_PATH_NAME_CONSTRAINT',
      name: 'x.b.example',
      type: 'dns',
      rule: 'not-permitted',
      authority: 2,
      certificate: { position: 0 },
    })
  })
})

describe('several authorities: a name has to please each of them (RFC 5280 6.1.4 g)', () => {
  const permitted = (dns: string) => constrained({ permitted: { dns } })

  test('a lower one narrows what an upper one permits', () => {
    const chain = { root: permitted('example'), intermediate: permitted('a.example') }
    expect(verdictOn({ ...chain, leaf: inside })).toBe('accepted')
    expect(verdictOn({ ...chain, leaf: outside })).toBe('ERR_PATH_NAME_CONSTRAINT at 0')
  })

  test('and cannot widen it', () => {
    const chain = { root: permitted('a.example'), intermediate: permitted('example') }
    expect(verdictOn({ ...chain, leaf: inside })).toBe('accepted')
    expect(verdictOn({ ...chain, leaf: outside })).toBe('ERR_PATH_NAME_CONSTRAINT at 0')
  })

  test('where they permit nothing in common, nothing of the type is left, and other types are', () => {
    const chain = { root: permitted('a.example'), intermediate: permitted('b.example') }
    expect(verdictOn({ ...chain, leaf: inside })).toBe('ERR_PATH_NAME_CONSTRAINT at 0')
    expect(verdictOn({ ...chain, leaf: outside })).toBe('ERR_PATH_NAME_CONSTRAINT at 0')
    expect(verdictOn({ ...chain, leaf: { san: { email: 'x@c.example' } } })).toBe('accepted')
  })

  test('what any of them excludes is excluded', () => {
    const chain = { root: constrained({ excluded: { dns: 'b.example' } }), intermediate: permitted('example') }
    expect(verdictOn({ ...chain, leaf: inside })).toBe('accepted')
    expect(verdictOn({ ...chain, leaf: outside })).toBe('ERR_PATH_NAME_CONSTRAINT at 0')
  })
})

describe('a self-issued certificate that is not the end entity is exempt (RFC 5280 6.1.3 b)', () => {
  const root = createAuthority({
    ...constrained({ permitted: { directoryName: [{ O: 'A' }] } }),
    subject: { O: 'Root' },
  })
  const store = storeOf([root])
  const renewed = root.intermediate({ subject: { O: 'Root' } })

  test('so a root may certify its own new key, though its name is not one that it permits', () => {
    expect(verdict(renewed.issue({ subject: { O: 'A', CN: 'x' } }), store)).toBe('accepted')
  })

  test('and what the new key issues is held to the constraints', () => {
    expect(verdict(renewed.issue({ subject: { O: 'B', CN: 'x' } }), store)).toBe('ERR_PATH_NAME_CONSTRAINT at 0')
    expect(verdict(renewed.intermediate({ subject: { O: 'B' } }).issue({ subject: { O: 'A' } }), store)).toBe(
      'ERR_PATH_NAME_CONSTRAINT at 1',
    )
  })

  test('but the end entity is not, self-issued or not', () => {
    expect(verdict(root.issue({ subject: { O: 'Root' } }), store)).toBe('ERR_PATH_NAME_CONSTRAINT at 0')
  })
})

describe('constraints in an end entity (RFC 5280 4.2.1.10: only in CA certificates)', () => {
  test('are refused, and belong to a CA in the place of the client', () => {
    expect(verdictOn({ leaf: { ...toA } })).toBe('ERR_PATH_MISPLACED_CONSTRAINT at 0')
    const authority = { ...toA, basicConstraints: { ca: true }, keyUsage: ['keyCertSign' as const], eku: null }
    expect(verdictOn({ leaf: authority })).toBe('accepted')
  })
})

test('another path is tried where the names break the constraints of one', () => {
  const [strict, open] = [createAuthority({ ...toA, subject: 'Strict' }), createAuthority('Open')]
  const issuer = strict.intermediate('CA')
  const crossed = open.crossSign(issuer)
  const leaf = issuer.issue(outside)
  const presented = [issuer.certificate, crossed.certificate]
  expect(verdict({ leaf, presented }, storeOf([strict, open]))).toBe('accepted')
  expect(verdict({ leaf, presented }, storeOf([strict]))).toBe('ERR_PATH_NAME_CONSTRAINT at 0')
})
