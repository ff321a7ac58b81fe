import { type AuthorityOptions, type CertificateOptions, createAuthority, extension } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { checkPathLength } from '../../../src/path/checks/basic-constraints.ts'
import { NO_WEAKNESS } from '../../../src/signatures/weakness.ts'
import { OID } from '../../../src/x509/oids.ts'
import { chainOf, NOW, parsed, refusalOf, storeOf, verdict, verdictOn } from '../verdict.ts'

describe('an issuer is a certification authority and says so (RFC 5280 6.1.4 k)', () => {
  test('accepts one with basicConstraints CA:TRUE, critical or not', () => {
    const notCritical = { extensions: [extension.basicConstraints({ ca: true, critical: false })] }
    expect(verdictOn({})).toBe('accepted')
    expect(verdictOn({ intermediate: notCritical, root: notCritical })).toBe('accepted')
  })

  test.each<[string, CertificateOptions]>([
    ['basicConstraints says CA:FALSE', { basicConstraints: { ca: false } }],
    ['it has no basicConstraints', { basicConstraints: null }],
    ['a version 1 certificate has no basicConstraints', { version: 1 }],
    ['a version 2 certificate has no basicConstraints', { version: 2 }],
  ])('refuses one where %s, as intermediate and as anchor', (reason, options) => {
    for (const [chain, position] of [
      [{ intermediate: options }, 1],
      [{ root: options }, 2],
    ] as const) {
      const { root, leaf } = chainOf(chain)
      const refusal = refusalOf(leaf, storeOf([root]))
      expect(refusal).toMatchObject({ code: 'ERR_PATH_NOT_A_CA', reason, certificate: { position } })
    }
  })

  test('refuses a client that signed another client', () => {
    const root = createAuthority()
    const client = root.intermediate({ basicConstraints: null, keyUsage: ['digitalSignature'], eku: ['clientAuth'] })
    expect(verdict(client, storeOf([root]))).toBe('accepted')
    expect(verdict(client.issue('mallory'), storeOf([root]))).toBe('ERR_PATH_NOT_A_CA at 1')
  })
})

describe('pathLenConstraint counts the intermediates below (RFC 5280 4.2.1.9, 6.1.4 l and m)', () => {
  const pathLen = (length: number): CertificateOptions => ({ basicConstraints: { ca: true, pathLen: length } })

  /** A leaf below as many intermediates. */
  const below = (root: AuthorityOptions, ...intermediates: readonly CertificateOptions[]) => {
    const anchor = createAuthority(root)
    const last = intermediates.reduce(
      (issuer, options, index) => issuer.intermediate({ subject: `CA ${index}`, ...options }),
      anchor,
    )
    return { leaf: last.issue(), store: storeOf([anchor]) }
  }
  const verdictBelow = (...options: Parameters<typeof below>) => {
    const { leaf, store } = below(...options)
    return verdict(leaf, store)
  }

  test('of an anchor: zero admits end entities only', () => {
    expect(verdictBelow(pathLen(0))).toBe('accepted')
    expect(verdictBelow(pathLen(0), {})).toBe('ERR_PATH_LENGTH at 2')
  })

  test('of an anchor: one admits one intermediate', () => {
    expect(verdictBelow(pathLen(1), {})).toBe('accepted')
    expect(verdictBelow(pathLen(1), {}, {})).toBe('ERR_PATH_LENGTH at 3')
  })

  test('of an intermediate: as of an anchor', () => {
    expect(verdictBelow({}, pathLen(0))).toBe('accepted')
    expect(verdictBelow({}, pathLen(0), {})).toBe('ERR_PATH_LENGTH at 2')
    expect(verdictBelow({}, pathLen(1), {})).toBe('accepted')
    expect(verdictBelow({}, pathLen(1), {}, {})).toBe('ERR_PATH_LENGTH at 3')
  })

  test('a longer one further down does not lift it', () => {
    expect(verdictBelow(pathLen(0), pathLen(5))).toBe('ERR_PATH_LENGTH at 2')
  })

  test('says how many are allowed and present', () => {
    const { leaf, store } = below(pathLen(1), {}, {})
    expect(refusalOf(leaf, store)).toMatchObject({ allowed: 1, present: 2 })
  })

  test('does not count self-issued intermediates, which is how a root changes its key (RFC 4210 4.4)', () => {
    const root = createAuthority({ subject: 'Root', ...pathLen(0) })
    const rolledOver = root.crossSign(createAuthority('Root'))
    expect(verdict(rolledOver.issue(), storeOf([root]))).toBe('accepted')
    const other = root.crossSign(createAuthority('Other'))
    expect(verdict(other.issue(), storeOf([root]))).toBe('ERR_PATH_LENGTH at 2')
  })

  test('of none where there are no basicConstraints: what that certificate lacks is for the rule on issuers to say', () => {
    const certificate = parsed(createAuthority({ basicConstraints: null }).certificate)
    const context = { at: NOW, requiredEku: OID.clientAuth, intermediatesBelow: 9, allowedWeaknesses: NO_WEAKNESS }
    expect(checkPathLength({ certificate, position: 1 }, context)).toBeUndefined()
  })

  test('says nothing about an end entity that is itself an authority', () => {
    const { root, intermediate } = chainOf({ root: pathLen(0) })
    expect(verdict(intermediate, storeOf([root]))).toBe('accepted')
  })
})
