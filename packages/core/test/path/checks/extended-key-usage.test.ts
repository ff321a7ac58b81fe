import { createAuthority, type Purpose } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { checkResponderPurpose } from '../../../src/path/checks/extended-key-usage.ts'
import { chainOf, NOW, parsed, refusalOf, storeOf, verdict, verdictOn } from '../verdict.ts'

const PLACES = [
  { place: 'leaf', position: 0 },
  { place: 'intermediate', position: 1 },
  { place: 'root', position: 2 },
] as const

// Nested as OpenSSL, Go and webpki do it: an authority that may issue for servers only must not admit clients.
describe.each(PLACES)('extendedKeyUsage of the $place names clientAuth (RFC 5280 4.2.1.12)', ({ place, position }) => {
  test.each<[Purpose[] | null]>([
    [['clientAuth']],
    [['serverAuth', 'clientAuth']],
    [['any']],
    [['serverAuth', 'any']],
    [null],
  ])('accepts %j', (eku) => {
    expect(verdictOn({ [place]: { eku } })).toBe('accepted')
  })

  test.each<[Purpose[]]>([
    [['serverAuth']],
    [['codeSigning', 'emailProtection']],
    [['OCSPSigning']],
    // One arc more than clientAuth is another purpose.
    [['1.3.6.1.5.5.7.3.2.1']],
    [['1.3.6.1.5.5.7.3']],
  ])('refuses %j', (eku) => {
    expect(verdictOn({ [place]: { eku } })).toBe(`ERR_PATH_EXTENDED_KEY_USAGE at ${position}`)
  })
})

test('another purpose may be asked for, and then clientAuth does not do', () => {
  const serverAuth = '1.3.6.1.5.5.7.3.1'
  const server = chainOf({ leaf: { eku: ['serverAuth'] } })
  const client = chainOf()
  expect(verdict(server.leaf, storeOf([server.root]), { requiredEku: serverAuth })).toBe('accepted')
  expect(verdict(client.leaf, storeOf([client.root]), { requiredEku: serverAuth })).toBe(
    'ERR_PATH_EXTENDED_KEY_USAGE at 0',
  )
})

test("says which purpose is needed and names at most eight of those there: the list is the peer's choice", () => {
  const eku = Array.from({ length: 50 }, (_, index): Purpose => `1.3.6.1.4.1.32473.${index}`)
  const { root, leaf } = chainOf({ leaf: { eku: ['serverAuth', ...eku] } })
  const refusal = refusalOf(leaf, storeOf([root]))
  expect(refusal).toMatchObject({ required: 'clientAuth', present: ['serverAuth', ...eku.slice(0, 7)] })
  expect(refusal.message.length).toBeLessThan(400)
})

describe('extendedKeyUsage of an OCSP responder names OCSPSigning (RFC 6960 4.2.2.2)', () => {
  const check = (eku: readonly Purpose[] | null) => {
    const certificate = parsed(createAuthority().issue({ eku }).certificate)
    const context = { at: NOW, requiredEku: null, intermediatesBelow: 0, allowedWeaknesses: new Set<never>() }
    return checkResponderPurpose({ certificate, position: 0 }, context)
  }

  test.each<[Purpose[]]>([[['OCSPSigning']], [['clientAuth', 'OCSPSigning']]])('accepts %j', (eku) => {
    expect(check(eku)).toBeUndefined()
  })

  test.each<[Purpose[] | null]>([[['any']], [['clientAuth']], [null]])('refuses %j', (eku) => {
    expect(check(eku)).toMatchObject({ code: 'ERR_PATH_EXTENDED_KEY_USAGE', required: 'OCSPSigning' })
  })

  test('names at most eight of those there', () => {
    const eku = Array.from({ length: 50 }, (_, index): Purpose => `1.3.6.1.4.1.32473.${index}`)
    expect(check(eku)).toMatchObject({ present: eku.slice(0, 8) })
  })
})
