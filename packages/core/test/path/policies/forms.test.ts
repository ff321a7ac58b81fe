import { createAuthority, der, EXTENSIONS } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { parseCertificate } from '../../../src/x509/certificate.ts'
import { failureOf, unwrap } from '../../encoding/unwrap.ts'
import { A, B } from './under-policies.ts'

const root = createAuthority()
const read = (name: keyof typeof EXTENSIONS, value: Uint8Array) =>
  parseCertificate(root.issue({ extensions: [{ oid: EXTENSIONS[name], value }] }).certificate.der)

const cps = der.sequence(der.oid('1.3.6.1.5.5.7.2.1'), der.string('https://a.example', 'ia5'))
const information = (...members: readonly Uint8Array[]) => der.sequence(der.oid(A), ...members)
const mapping = (...oids: readonly string[]) => der.sequence(...oids.map(der.oid))
const skip = (tag: number, ...octets: readonly number[]) => der.implicitPrimitive(tag, Uint8Array.from(octets))

describe('certificatePolicies (RFC 5280 4.2.1.4)', () => {
  test('are read with and without qualifiers', () => {
    const value = der.sequence(information(der.sequence(cps, cps)), der.sequence(der.oid(B)))
    expect(unwrap(read('certificatePolicies', value)).extensions.certificatePolicies).toEqual([A, B])
  })

  test.each([
    ['no policy', der.sequence()],
    ['a policy twice', der.sequence(information(), information(der.sequence(cps)))],
    ['a policy without its identifier', der.sequence(der.sequence())],
    ['no qualifier in the list of them', der.sequence(information(der.sequence()))],
    ['qualifiers that are no list', der.sequence(information(der.nullValue()))],
    ['a qualifier without its identifier', der.sequence(information(der.sequence(der.sequence(der.nullValue()))))],
    ['a qualifier without its value', der.sequence(information(der.sequence(mapping('1.2.3'))))],
    [
      'a qualifier of three',
      der.sequence(information(der.sequence(der.sequence(der.oid(A), der.nullValue(), der.nullValue())))),
    ],
    ['two lists of qualifiers', der.sequence(information(der.sequence(cps), der.sequence(cps)))],
    ['something behind them', der.concat(der.sequence(information()), der.nullValue())],
  ])('are refused with %s', (_, value) => {
    expect(failureOf(read('certificatePolicies', value))).toMatchObject({
      code: 'ERR_X509_EXTENSION_MALFORMED',
      extension: 'certificatePolicies',
    })
  })

  test('are 200 at most: the graph grows with them', () => {
    const many = (count: number) =>
      der.sequence(...Array.from({ length: count }, (_, index) => mapping(`1.2.3.${index}`)))
    expect(unwrap(read('certificatePolicies', many(200))).extensions.certificatePolicies).toHaveLength(200)
    expect(failureOf(read('certificatePolicies', many(201)))).toMatchObject({ reason: 'more than 200 entries' })
  })
})

describe('policyMappings (RFC 5280 4.2.1.5)', () => {
  test('are pairs', () => {
    expect(unwrap(read('policyMappings', der.sequence(mapping(A, B)))).extensions.policyMappings).toEqual([
      { issuerDomain: A, subjectDomain: B },
    ])
  })

  test.each([
    ['none', der.sequence()],
    ['half a pair', der.sequence(mapping(A))],
    ['three of a pair', der.sequence(mapping(A, B, A))],
  ])('are refused with %s', (_, value) => {
    expect(failureOf(read('policyMappings', value)).code).toBe('ERR_X509_EXTENSION_MALFORMED')
  })

  test('are 200 at most', () => {
    const many = (count: number) => der.sequence(...Array.from({ length: count }, () => mapping(A, B)))
    expect(unwrap(read('policyMappings', many(200))).extensions.policyMappings).toHaveLength(200)
    expect(failureOf(read('policyMappings', many(201)))).toMatchObject({ reason: 'more than 200 entries' })
  })
})

describe('policyConstraints (RFC 5280 4.2.1.11)', () => {
  test.each([
    [{ requireExplicitPolicy: 0, inhibitPolicyMapping: null }, der.sequence(skip(0, 0))],
    [{ requireExplicitPolicy: null, inhibitPolicyMapping: 3 }, der.sequence(skip(1, 3))],
    [{ requireExplicitPolicy: 127, inhibitPolicyMapping: 128 }, der.sequence(skip(0, 127), skip(1, 0, 128))],
  ])('are %j', (expected, value) => {
    expect(unwrap(read('policyConstraints', value)).extensions.policyConstraints).toEqual(expected)
  })

  test.each([
    ['neither', der.sequence()],
    ['both in the wrong order', der.sequence(skip(1, 0), skip(0, 0))],
    ['one of them twice', der.sequence(skip(0, 0), skip(0, 0))],
    ['a negative number', der.sequence(skip(0, 0xff))],
    ['a number without content', der.sequence(skip(0))],
    ['a number that is not minimal', der.sequence(skip(0, 0, 1))],
    ['an explicit tag', der.sequence(der.explicit(0, der.integer(0)))],
  ])('are refused with %s', (_, value) => {
    expect(failureOf(read('policyConstraints', value)).code).toBe('ERR_X509_EXTENSION_MALFORMED')
  })
})

describe('inhibitAnyPolicy (RFC 5280 4.2.1.14)', () => {
  test('is a number', () => {
    expect(unwrap(read('inhibitAnyPolicy', der.integer(2))).extensions.inhibitAnyPolicy).toBe(2)
  })

  test.each([
    ['negative', der.integer(-1)],
    ['no number', der.nullValue()],
    ['in a SEQUENCE', der.sequence(der.integer(0))],
    ['beyond 31 bits', der.integer(2n ** 31n)],
  ])('is refused where it is %s', (_, value) => {
    expect(failureOf(read('inhibitAnyPolicy', value)).code).toBe('ERR_X509_EXTENSION_MALFORMED')
  })
})
