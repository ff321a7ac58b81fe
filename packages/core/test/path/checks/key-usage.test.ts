import { createAuthority, type KeyUsage } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { checkResponderUsage } from '../../../src/path/checks/key-usage.ts'
import { chainOf, NOW, parsed, refusalOf, storeOf, verdict, verdictOn } from '../verdict.ts'

describe('keyUsage of an issuer has keyCertSign (RFC 5280 6.1.4 n)', () => {
  test('accepts one with it, among others or alone, and one without the extension', () => {
    for (const keyUsage of [['keyCertSign'], ['digitalSignature', 'keyCertSign', 'cRLSign'], null] as const) {
      expect(verdictOn({ intermediate: { keyUsage } })).toBe('accepted')
      expect(verdictOn({ root: { keyUsage } })).toBe('accepted')
    }
  })

  test.each<[KeyUsage[]]>([[['cRLSign']], [['digitalSignature', 'cRLSign']], [['decipherOnly', 'keyAgreement']]])(
    'refuses one with %j only, as intermediate and as anchor',
    (keyUsage) => {
      expect(verdictOn({ intermediate: { keyUsage } })).toBe('ERR_PATH_KEY_USAGE at 1')
      expect(verdictOn({ root: { keyUsage } })).toBe('ERR_PATH_KEY_USAGE at 2')
    },
  )
})

describe('keyUsage of a client lets it sign, or agree on a key (RFC 5246 7.4.6)', () => {
  test.each<[KeyUsage[] | null]>([
    [['digitalSignature']],
    [['keyAgreement']],
    [['digitalSignature', 'keyEncipherment']],
    [null],
  ])('accepts %j', (keyUsage) => {
    expect(verdictOn({ leaf: { keyUsage } })).toBe('accepted')
  })

  test.each<[KeyUsage[]]>([
    [['keyEncipherment']],
    [['nonRepudiation']],
    [['dataEncipherment', 'keyEncipherment', 'nonRepudiation']],
  ])('refuses %j', (keyUsage) => {
    const { root, leaf } = chainOf({ leaf: { keyUsage } })
    expect(refusalOf(leaf, storeOf([root]))).toMatchObject({
      code: 'ERR_PATH_KEY_USAGE',
      certificate: { position: 0 },
      required: ['digitalSignature', 'keyAgreement'],
    })
  })

  test('says what is needed and what is there', () => {
    const { root, leaf } = chainOf({ leaf: { keyUsage: ['keyEncipherment'] } })
    expect(refusalOf(leaf, storeOf([root])).message).toContain('it has keyEncipherment')
  })

  test('is not asked of an authority in the place of a client, which could issue itself any usage', () => {
    const root = createAuthority()
    expect(verdict(root.intermediate({ keyUsage: ['keyCertSign'] }), storeOf([root]))).toBe('accepted')
    const notAuthority = { basicConstraints: { ca: false }, keyUsage: ['keyCertSign'] } as const
    expect(verdict(root.issue(notAuthority), storeOf([root]))).toBe('ERR_PATH_KEY_USAGE at 0')
  })
})

describe('keyUsage of an OCSP responder lets it sign what is no certificate (RFC 5280 4.2.1.12)', () => {
  const check = (keyUsage: readonly KeyUsage[] | null) => {
    const certificate = parsed(createAuthority().issue({ keyUsage }).certificate)
    const context = { at: NOW, requiredEku: null, intermediatesBelow: 0, allowedWeaknesses: new Set<never>() }
    return checkResponderUsage({ certificate, position: 0 }, context)
  }

  test.each<[KeyUsage[] | null]>([
    [['digitalSignature']],
    [['nonRepudiation']],
    [['digitalSignature', 'keyEncipherment']],
    [null],
  ])('accepts %j', (keyUsage) => {
    expect(check(keyUsage)).toBeUndefined()
  })

  test.each<[KeyUsage[]]>([[['keyAgreement']], [['keyCertSign', 'cRLSign']]])('refuses %j', (keyUsage) => {
    expect(check(keyUsage)).toMatchObject({
      code: 'ERR_PATH_KEY_USAGE',
      required: ['digitalSignature', 'nonRepudiation'],
    })
  })
})
