import { der, EXTENSIONS, extension } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { parsed, refusal, root } from './minted.ts'

const OCSP = '1.3.6.1.5.5.7.48.1'
const CA_ISSUERS = '1.3.6.1.5.5.7.48.2'

const reasonFor = (value: Uint8Array): string => {
  const failure = refusal(root.issue({ extensions: [{ oid: EXTENSIONS.authorityInfoAccess, value }] }))
  if (failure.code !== 'ERR_X509_EXTENSION_MALFORMED') throw new Error(failure.code)
  return failure.reason
}

const location = (tag: number) => der.implicitPrimitive(tag, Buffer.from('http://a.example'))

describe('authorityInfoAccess (RFC 5280 4.2.2.1)', () => {
  test('says where the issuer answers, by method and in its order', () => {
    const { extensions } = parsed(
      root.issue({
        authorityInfoAccess: { ocsp: ['http://o.example'], caIssuers: ['ldap://i.example', 'http://i.example'] },
      }),
    )
    expect(extensions.authorityInfoAccess).toEqual([
      { method: OCSP, location: { type: 'uri', value: 'http://o.example' } },
      { method: CA_ISSUERS, location: { type: 'uri', value: 'ldap://i.example' } },
      { method: CA_ISSUERS, location: { type: 'uri', value: 'http://i.example' } },
    ])
  })

  test('is null where it is absent', () => {
    expect(parsed(root.issue()).extensions.authorityInfoAccess).toBeNull()
  })

  test('may have a location that is no URI, and a method that nobody knows', () => {
    const value = der.sequence(der.sequence(der.oid('1.2.3.4'), location(2)))
    const { extensions } = parsed(root.issue({ extensions: [{ oid: EXTENSIONS.authorityInfoAccess, value }] }))
    expect(extensions.authorityInfoAccess).toEqual([
      { method: '1.2.3.4', location: { type: 'dns', value: 'http://a.example' } },
    ])
  })

  test.each([
    ['no description', der.sequence()],
    ['a description without location', der.sequence(der.sequence(der.oid(OCSP)))],
    ['a description without method', der.sequence(der.sequence(location(6)))],
    ['a description of three', der.sequence(der.sequence(der.oid(OCSP), location(6), location(6)))],
    ['a location that is no GeneralName', der.sequence(der.sequence(der.oid(OCSP), der.nullValue()))],
    ['something that is no list', der.nullValue()],
    ['something behind the list', der.concat(der.sequence(der.sequence(der.oid(OCSP), location(6))), der.nullValue())],
  ])('is malformed with %s', (_, value) => {
    expect(reasonFor(value).length).toBeGreaterThan(5)
  })

  test('32 descriptions are read, and not one more', () => {
    const urls = Array.from({ length: 33 }, (_, index) => `http://${index}.example`)
    const { extensions } = parsed(root.issue({ authorityInfoAccess: { ocsp: urls.slice(1) } }))
    expect(extensions.authorityInfoAccess).toHaveLength(32)
    expect(reasonFor(extension.authorityInfoAccess({ ocsp: urls }).value)).toBe('more than 32 access descriptions')
  })
})
