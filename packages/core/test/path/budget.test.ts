import { type Authority, broken, createAuthority, createKeyPool, type KeyType } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { createBudget, DEFAULT_SEARCH_STEPS, DEFAULT_SIGNATURE_COST, spend } from '../../src/path/budget.ts'
import { verifyPath } from '../../src/path/verify-path.ts'
import { createSnapshot } from '../../src/trust/snapshot.ts'
import { parseCertificate } from '../../src/x509/certificate.ts'
import { NOW, parsed, refusalOf, storeOf, verdict } from './verdict.ts'

const keyPool = createKeyPool({ size: 40 })

describe('signatures cost what their keys make them cost (CVE-2018-16875)', () => {
  test.each<[KeyType, number]>([
    ['rsa2048', 1],
    ['rsa4096', 4],
    ['p256', 6],
    ['p384', 30],
    ['p521', 60],
    ['ed25519', 5],
    ['ed448', 10],
  ])('one of %s costs %i: exactly so many units suffice', (key, cost) => {
    const root = createAuthority({ key, keyPool })
    const store = storeOf([root])
    expect(verdict(root.issue(), store, { signatureCost: cost })).toBe('accepted')
    expect(refusalOf(root.issue(), store, { signatureCost: cost - 1 })).toMatchObject({
      code: 'ERR_PATH_BUDGET',
      budget: 'signatures',
      limit: cost - 1,
    })
  })

  test('one that cannot be afforded ends the search: what comes after it is not looked at', () => {
    const namesakes = Array.from({ length: 3 }, () => createAuthority({ subject: 'Root', subjectKeyIdentifier: null }))
    const refusal = refusalOf(createAuthority('Root').issue(), storeOf(namesakes), { signatureCost: 11 })
    expect(refusal.code).toBe('ERR_PATH_BUDGET')
    expect(refusal.others.map(({ code }) => code)).toEqual(['ERR_SIGNATURES_INVALID'])
  })

  test('and one more for every 16 kB that are hashed', () => {
    const root = createAuthority({ key: 'rsa2048', keyPool })
    const leaf = root.issue({ extensions: [{ oid: '1.3.6.1.4.1.55555.1', value: new Uint8Array(40_000) }] })
    expect(verdict(leaf, storeOf([root]), { signatureCost: 3 })).toBe('accepted')
    expect(verdict(leaf, storeOf([root]), { signatureCost: 2 })).toBe('ERR_PATH_BUDGET at 1')
  })

  test('of a path they add up', () => {
    const root = createAuthority({ key: 'rsa2048', keyPool })
    const leaf = root.intermediate({ subject: 'CA 1' }).intermediate({ subject: 'CA 2' }).issue()
    expect(verdict(leaf, storeOf([root]), { signatureCost: 3 })).toBe('accepted')
    expect(verdict(leaf, storeOf([root]), { signatureCost: 2 })).toBe('ERR_PATH_BUDGET at 3')
  })

  test('a certificate and a key are tried together once, on however many ways', () => {
    const root = createAuthority('Root')
    const first = root.intermediate('CA')
    const presented = [first, root.crossSign(first), root.crossSign(first), root.crossSign(first)]
    const shown = {
      leaf: broken.forgedSignature(first.issue()),
      presented: presented.map(({ certificate }) => certificate),
    }
    expect(verdict(shown, storeOf([root]), { signatureCost: 6 })).toBe('ERR_SIGNATURES_INVALID at 0')
  })

  test(`by default ${DEFAULT_SIGNATURE_COST} units: so many namesakes of RSA are tried, and no more`, () => {
    const namesakes = (count: number) =>
      Array.from({ length: count }, () => createAuthority({ subject: 'Root', key: 'p256', subjectKeyIdentifier: null }))
    const affordable = Math.floor(DEFAULT_SIGNATURE_COST / 6)
    const own = createAuthority('Root')
    const leaf = own.issue()
    expect(verdict(leaf, storeOf([...namesakes(affordable - 1), own]))).toBe('accepted')
    expect(verdict(own.issue({ authorityKeyIdentifier: null }), storeOf([...namesakes(affordable), own]))).toBe(
      'ERR_PATH_BUDGET at 1',
    )
    // The key identifier leads to the right one at once.
    expect(verdict(leaf, storeOf([...namesakes(affordable), own]))).toBe('accepted')
  })
})

describe('steps: candidates that are looked at', () => {
  /** As many anchors of one name, made from one by its serial number: what is wrong with them shows before any signature. */
  function copiesOf(authority: Authority, count: number) {
    const { der } = authority.certificate
    // The INTEGER of 16 octets that `createAuthority` numbers with.
    const serial = Buffer.from(der).indexOf(Buffer.from([0x02, 0x10])) + 2
    return Array.from({ length: count }, (_, index) => {
      const copy = der.slice()
      new DataView(copy.buffer).setUint32(serial + 12, index)
      const certificate = parseCertificate(copy)
      if (!certificate.ok) throw new Error(certificate.failure.message)
      return { certificate: certificate.value, id: null, origin: `copy ${index}` }
    })
  }

  test(`by default ${DEFAULT_SEARCH_STEPS}: the last one is looked at, one more is not`, () => {
    const own = createAuthority({ subject: 'Root', subjectKeyIdentifier: null })
    const expired = createAuthority({
      subject: 'Root',
      subjectKeyIdentifier: null,
      notBefore: new Date('2020-01-01'),
      notAfter: new Date('2021-01-01'),
    })
    const good = { certificate: parsed(own.certificate), id: null, origin: 'good' }
    const copies = copiesOf(expired, DEFAULT_SEARCH_STEPS)
    const leaf = parsed(own.issue().certificate)
    const fits = verifyPath(leaf, [], createSnapshot(1, [...copies.slice(1), good], []), { at: NOW })
    expect(fits.ok).toBe(true)
    const exceeds = verifyPath(leaf, [], createSnapshot(1, [...copies, good], []), { at: NOW })
    expect(exceeds).toMatchObject({
      ok: false,
      failure: { code: 'ERR_PATH_BUDGET', budget: 'steps', limit: DEFAULT_SEARCH_STEPS },
    })
  })
})

test('a budget is spent to the last unit, and says what it was', () => {
  const budget = createBudget({ signatures: 10, steps: 2, comparisons: 3, policies: 4 })
  expect(spend(budget, 'signatures', 10)).toBeUndefined()
  expect(spend(budget, 'signatures', 1)).toEqual({ budget: 'signatures', limit: 10 })
  expect(spend(budget, 'steps', 1)).toBeUndefined()
  expect(spend(budget, 'steps', 1)).toBeUndefined()
  expect(spend(budget, 'steps', 1)).toEqual({ budget: 'steps', limit: 2 })
  expect(spend(budget, 'comparisons', 3)).toBeUndefined()
  expect(spend(budget, 'comparisons', 1)).toEqual({ budget: 'comparisons', limit: 3 })
  expect(spend(budget, 'policies', 4)).toBeUndefined()
  expect(spend(budget, 'policies', 1)).toEqual({ budget: 'policies', limit: 4 })
})

test('a maze of authorities that all sign one another ends (pkijs hangs on two)', () => {
  const authorities = Array.from({ length: 4 }, () => createAuthority({ subject: 'Maze', key: 'rsa2048', keyPool }))
  const presented = authorities.flatMap((issuer) =>
    authorities.flatMap((subject) => (issuer === subject ? [] : [issuer.crossSign(subject).certificate])),
  )
  const [first] = authorities
  if (!first) throw new Error('an authority was wanted')
  const shown = { leaf: first.issue(), presented }
  const limits = { maxPresented: 64, maxIntermediates: 10 }
  expect(verdict(shown, storeOf([createAuthority('Root')]), limits)).toMatch(/^ERR_/)
  const [, , , last] = authorities
  if (!last) throw new Error('four authorities were wanted')
  expect(verdict(shown, storeOf([last]), limits)).toBe('accepted')
})
