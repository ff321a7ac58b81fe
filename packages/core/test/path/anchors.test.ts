import { createAuthority } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import type { TrustAnchor } from '../../src/trust/snapshot.ts'
import { chainOf, namesOf, pathOf, refusalOf, storeOf, verdict } from './verdict.ts'

/** As the route option `anchors` asks for: these ids and no others. */
const only = (...ids: readonly string[]) => ({ isAllowed: ({ id }: TrustAnchor) => id !== null && ids.includes(id) })

describe('anchors by id restrict the search, not its result', () => {
  const { root: staff, leaf } = chainOf({ root: { subject: 'Staff' } })
  const partners = createAuthority('Partners')
  const store = storeOf([
    { id: 'staff', authority: staff },
    { id: 'partners', authority: partners },
    createAuthority('Nameless'),
  ])

  test('accepts under a named anchor and refuses under any other', () => {
    expect(verdict(leaf, store, only('staff'))).toBe('accepted')
    expect(verdict(leaf, store, only('partners', 'staff'))).toBe('accepted')
    expect(verdict(leaf, store, only('partners'))).toBe('ERR_PATH_ISSUER_MISSING at 1')
  })

  test('an anchor without an id is named by none', () => {
    const nameless = createAuthority('Nameless')
    expect(verdict(nameless.issue(), storeOf([nameless]))).toBe('accepted')
    expect(verdict(nameless.issue(), storeOf([nameless]), only(''))).toBe('ERR_PATH_ISSUER_MISSING at 0')
  })

  test('finds the path that leads to the named one where another is shorter', () => {
    const crossed = partners.crossSign(staff)
    const shown = { leaf: staff.issue(), presented: [crossed.certificate] }
    expect(namesOf(shown, store, only('staff'))).toEqual(['client', 'Staff'])
    expect(namesOf(shown, store, only('partners'))).toEqual(['client', 'Staff', 'Partners'])
  })

  test('an end entity that is an anchor itself has to be a named one', () => {
    expect(verdict(staff, store, only('staff'))).toBe('accepted')
    expect(verdict(staff, store, only('partners'))).toBe('ERR_PATH_SELF_SIGNED at 0')
  })

  test('an excluded anchor below the named one is still path material', () => {
    const { root, intermediate, leaf: client } = chainOf()
    const both = storeOf([
      { id: 'root', authority: root },
      { id: 'intermediate', authority: intermediate },
    ])
    const alone = { leaf: client, presented: [] }
    expect(namesOf(alone, both, only('intermediate'))).toEqual(['client', 'Intermediate CA'])
    expect(namesOf(alone, both, only('root'))).toEqual(['client', 'Intermediate CA', 'Root CA'])
    expect(verdict(alone, both, only('neither'))).toBe('ERR_PATH_ISSUER_MISSING at 1')
  })

  test('a certificate under two ids is an anchor under both', () => {
    const twice = storeOf([
      { id: 'one', authority: staff },
      { id: 'two', authority: staff },
    ])
    for (const id of ['one', 'two']) {
      expect(pathOf(leaf, twice, only(id)).anchor.id).toBe(id)
      expect(pathOf(staff, twice, only(id)).anchor.id).toBe(id)
    }
  })
})

describe('a path without an anchor says what the store holds instead', () => {
  const nearestTo = (shown: Parameters<typeof refusalOf>[0], ...rest: Parameters<typeof storeOf>) => {
    const refusal = refusalOf(shown, storeOf(...rest))
    return 'nearest' in refusal ? refusal : expect.unreachable(refusal.code)
  }
  const staff = createAuthority({ subject: { O: 'Example', CN: 'Staff' } })

  test('the name and key identifier that were looked for, and the number of anchors', () => {
    const refusal = nearestTo(staff.issue(), [createAuthority('Other')])
    expect(refusal).toMatchObject({ issuer: 'CN=Staff,O=Example', anchorsHeld: 1 })
    expect(refusal.keyIdentifier).toBe(Buffer.from(staff.keyIdentifier ?? []).toString('hex'))
    expect(nearestTo(staff.issue({ authorityKeyIdentifier: null }), []).keyIdentifier).toBe(null)
  })

  test('anchors that share a part of the name, the nearest first', () => {
    const near = createAuthority({ subject: { O: 'Example', CN: 'Partners' } })
    const nearer = createAuthority({ subject: { O: 'Example', OU: 'Staff', CN: 'Staff' } })
    const { nearest } = nearestTo(staff.issue(), [createAuthority('Far'), near, { id: 'new', authority: nearer }])
    expect(nearest).toMatchObject([
      { subject: 'CN=Staff,OU=Staff,O=Example', likeness: 'similar-name', id: 'new', origin: 'anchor 3' },
      { subject: 'CN=Partners,O=Example', likeness: 'similar-name', id: null },
      { subject: 'CN=Far', likeness: 'only-held' },
    ])
  })

  test('all anchors of a small store, none without likeness of a large one, three at most', () => {
    const strangers = Array.from({ length: 4 }, (_, index) => createAuthority(`Stranger ${index}`))
    expect(nearestTo(staff.issue(), strangers.slice(0, 3)).nearest).toHaveLength(3)
    expect(nearestTo(staff.issue(), strangers).nearest).toHaveLength(0)
    const relatives = strangers.map((_, index) =>
      createAuthority({ subject: { O: 'Example', CN: `Relative ${index}` } }),
    )
    expect(nearestTo(staff.issue(), relatives).nearest).toHaveLength(3)
  })

  test('the anchor that has the name but which the route excludes, however many the store holds', () => {
    const strangers = Array.from({ length: 120 }, (_, index) => ({ id: `${index}`, authority: staff }))
    const store = storeOf([...strangers, { id: 'staff', authority: createAuthority('Last') }])
    const refusal = refusalOf(createAuthority('Last').issue(), store, only('0'))
    expect(refusal).toMatchObject({ nearest: [{ subject: 'CN=Last', likeness: 'excluded-by-route' }] })
  })

  test('the anchor with the same name and key, where a CA that was issued again is presented itself', () => {
    const again = staff.crossSign(staff)
    const refusal = refusalOf({ leaf: again, presented: [] }, storeOf([staff]))
    expect(refusal.code).toBe('ERR_PATH_SELF_SIGNED')
    expect(refusal).toMatchObject({ nearest: [{ subject: 'CN=Staff,O=Example', likeness: 'same-name-and-key' }] })
  })

  test('nothing but its own text of hostile names: control characters are escaped', () => {
    const hostile = createAuthority({ subject: { CN: 'Staff\u202e\u001b[31m\nroot' } })
    const refusal = nearestTo(hostile.issue(), [createAuthority({ subject: { CN: 'x\u0007' } })])
    expect(refusal.issuer).toBe('CN=Staff\\u{202e}\\u{1b}[31m\\u{a}root')
    expect(refusal.nearest[0]?.subject).toBe('CN=x\\u{7}')
    expect(refusal.message).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u)
  })
})
