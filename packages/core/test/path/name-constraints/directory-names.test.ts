import type { NameInput } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { under } from './constrained.ts'

const BASE: NameInput = [{ C: 'DE' }, { O: 'Example' }]

/** As the subject, and as an alternative name beside a subject within. */
const places: readonly [string, (name: NameInput) => Parameters<typeof under>[1]][] = [
  ['the subject', (name) => ({ subject: name })],
  ['an alternative name', (name) => ({ subject: {}, san: { directoryName: [name] } })],
]

describe.each(places)('a directoryName and a constraint, %s (RFC 5280 4.2.1.10, 7.1)', (_, presented) => {
  test.each<[string, NameInput, boolean]>([
    ['the name itself', [{ C: 'DE' }, { O: 'Example' }], true],
    ['a name below', [{ C: 'DE' }, { O: 'Example' }, { CN: 'alice' }], true],
    ['another case, and more spaces (7.1)', [{ C: 'de' }, { O: ' EXAMPLE ' }, { CN: 'alice' }], true],
    ['another string type (7.1)', [{ C: { text: 'DE', as: 'utf8' } }, { O: { text: 'Example', as: 'bmp' } }], true],
    ['the name above', [{ C: 'DE' }], false],
    ['another name', [{ C: 'DE' }, { O: 'Other' }, { CN: 'alice' }], false],
    ['the same RDNs in another order', [{ O: 'Example' }, { C: 'DE' }], false],
    ['the same RDNs further down', [{ CN: 'x' }, { C: 'DE' }, { O: 'Example' }], false],
    ['an RDN with an attribute more', [{ C: 'DE' }, { O: 'Example', OU: 'x' }], false],
    ['a value that begins alike', [{ C: 'DE' }, { O: 'Example Evil' }], false],
  ])('%s', (_case, name, isWithin) => {
    const [permitted, excluded] = [
      under({ permitted: { directoryName: [BASE] } }, presented(name)),
      under({ excluded: { directoryName: [BASE] } }, presented(name)),
    ]
    expect([permitted, excluded].map((verdict) => verdict.split(':')[0])).toEqual(
      isWithin ? ['accepted', 'excluded'] : ['not-permitted', 'accepted'],
    )
  })

  test('the empty name is above every other', () => {
    expect(under({ permitted: { directoryName: [{}] } }, presented({ CN: 'x' }))).toBe('accepted')
    expect(under({ excluded: { directoryName: [{}] } }, presented({ CN: 'x' }))).toBe('excluded: CN=x')
  })
})

test('an empty subject is no name, so no constraint on directoryName concerns it (RFC 5280 6.1.3 b)', () => {
  const constraints = { permitted: { directoryName: [BASE] }, excluded: { directoryName: [{}] } }
  expect(under(constraints, { subject: {}, san: { dns: 'a.example' } })).toBe('accepted')
  expect(under(constraints, { subject: 'x', san: { dns: 'a.example' } })).toBe('excluded: CN=x')
})
