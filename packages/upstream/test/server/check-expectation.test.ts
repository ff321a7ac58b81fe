import { describe, expect, test } from 'vitest'
import { checkExpectation } from '../../src/server/check-expectation.ts'
import { expectationOf } from '../../src/server/expectation.ts'
import type { ExpectedServer } from '../../src/server/expected-server.ts'
import { certificateFor } from './minted.ts'

const check = (certificate: ReturnType<typeof certificateFor>, expected: ExpectedServer, server = 'db.example:5432') =>
  checkExpectation(
    certificate,
    expectationOf(expected, { ownSpiffeId: null, servername: null, host: 'db.example' }),
    server,
  )

describe('a host', () => {
  const certificate = certificateFor({ dns: ['db.example', '*.db.example'], ip: '192.0.2.1' })

  test('is who it should be by any name of the right type (RFC 9525 6)', () => {
    expect(check(certificate, 'host')).toBeNull()
    expect(check(certificate, { host: 'replica.db.example' })).toBeNull()
    expect(check(certificate, { host: '192.0.2.1' })).toBeNull()
  })

  test('is refused with what was expected and what there is of that type', () => {
    const error = check(certificate, { host: 'api.example' })
    expect(error?.failure).toMatchObject({
      code: 'ERR_UPSTREAM_HOST',
      server: 'db.example:5432',
      expected: 'api.example',
      present: ['db.example', '*.db.example'],
    })
    expect(error?.message).toContain(
      'db.example:5432 should be api.example, and its certificate is for db.example, *.db.example',
    )
    expect(check(certificate, { host: '192.0.2.2' })?.failure).toMatchObject({ present: ['192.0.2.1'] })
    expect(check(certificateFor({ dns: 'a.example' }), { host: '192.0.2.2' })?.message).toContain(
      'no name of that kind (DNS name or IP address)',
    )
  })

  test('is no common name: a certificate without subjectAltName is refused, which is said (RFC 9525 2)', () => {
    const bare = certificateFor(null, { subject: 'db.example' })
    expect(check(bare, 'host')?.failure).toMatchObject({ code: 'ERR_UPSTREAM_HOST', present: null })
    expect(check(bare, 'host')?.message).toContain('it has no subjectAltName, and a common name is not looked at')
    expect(check(certificateFor({ email: 'a@db.example' }, { subject: 'db.example' }), 'host')).not.toBeNull()
  })

  test('that is no name at all is nobody', () => {
    const host = 'db.example\0.evil'
    const expectation = expectationOf(undefined, { ownSpiffeId: null, servername: null, host })
    const error = checkExpectation(certificate, expectation, `${host}:1`)
    expect(error?.failure).toMatchObject({ expected: 'db.example\\u{0}.evil', server: 'db.example\\u{0}.evil:1' })
  })

  test('is refused with at most eight names, each cut: a certificate can hold thousands', () => {
    const many = certificateFor({ dns: Array.from({ length: 9 }, (_, index) => `${'x'.repeat(300)}${index}.example`) })
    const failure = check(many, 'host')?.failure
    if (failure?.code !== 'ERR_UPSTREAM_HOST') throw new Error('not refused')
    expect(failure.present).toHaveLength(8)
    for (const name of failure.present ?? []) expect(name.length).toBeLessThanOrEqual(256)
  })

  test('CVE-2022-21824, CVE-2021-44533: names that are properties of every object are names like any other', () => {
    const hostile = certificateFor(
      { dns: ['__proto__', 'constructor'] },
      { subject: [{ CN: 'x' }, { CN: 'db.example' }] },
    )
    expect(check(hostile, 'host')?.failure).toMatchObject({ present: ['__proto__', 'constructor'] })
    expect(check(hostile, { host: 'constructor' })).toBeNull()
    expect(Object.keys(Object.prototype)).toEqual([])
  })
})

const svid = certificateFor({ uri: 'spiffe://prod.example/ns/a/sa/db' })

describe('a SPIFFE id', () => {
  test('is compared to the letter, with one of several (X509-SVID 5.2)', () => {
    expect(check(svid, { spiffeId: 'spiffe://prod.example/ns/a/sa/db' })).toBeNull()
    expect(check(svid, { spiffeId: ['spiffe://prod.example/x', 'spiffe://prod.example/ns/a/sa/db'] })).toBeNull()
    for (const id of [
      'spiffe://prod.example/ns/a/sa/DB',
      'spiffe://prod.example/ns/a/sa',
      'spiffe://prod.example/ns/a/sa/db2',
    ]) {
      expect(check(svid, { spiffeId: id })?.failure).toMatchObject({
        code: 'ERR_UPSTREAM_SPIFFE_ID',
        expected: [id],
        present: 'spiffe://prod.example/ns/a/sa/db',
      })
    }
  })

  test.each([
    ['two URIs', certificateFor({ uri: ['spiffe://prod.example/ns/a/sa/db', 'spiffe://prod.example/x'] })],
    [
      'the same twice',
      certificateFor({ uri: ['spiffe://prod.example/ns/a/sa/db', 'spiffe://prod.example/ns/a/sa/db'] }),
    ],
    ['a dNSName that reads like it', certificateFor({ dns: 'spiffe://prod.example/ns/a/sa/db' })],
    ['an authority', certificateFor({ uri: 'spiffe://prod.example/ns/a/sa/db' }, { basicConstraints: { ca: true } })],
    [
      'a key that signs certificates',
      certificateFor({ uri: 'spiffe://prod.example/ns/a/sa/db' }, { keyUsage: ['digitalSignature', 'keyCertSign'] }),
    ],
    ['a common name', certificateFor(null, { subject: 'spiffe://prod.example/ns/a/sa/db' })],
  ])('is none in a certificate with %s (X509-SVID 2, 4.3)', (_, certificate) => {
    const error = check(certificate, { spiffeId: 'spiffe://prod.example/ns/a/sa/db' })
    expect(error?.failure).toMatchObject({ code: 'ERR_UPSTREAM_SPIFFE_ID', present: null })
    expect(error?.message).toContain('X.509-SVID')
    expect(check(certificate, { trustDomain: 'prod.example' })?.code).toBe('ERR_UPSTREAM_TRUST_DOMAIN')
  })
})

describe('a trust domain', () => {
  test('is compared in whole (SPIFFE-ID 2.1)', () => {
    expect(check(svid, { trustDomain: 'prod.example' })).toBeNull()
    for (const trustDomain of ['prod', 'prod.exampl', 'prod.example.evil', 'example', 'rod.example']) {
      expect(check(svid, { trustDomain })?.failure).toMatchObject({
        code: 'ERR_UPSTREAM_TRUST_DOMAIN',
        expected: trustDomain,
        present: 'spiffe://prod.example/ns/a/sa/db',
      })
    }
  })

  test('is not the host of another URI', () => {
    const web = certificateFor({ uri: 'https://prod.example/ns/a/sa/db' })
    expect(check(web, { trustDomain: 'prod.example' })?.code).toBe('ERR_UPSTREAM_TRUST_DOMAIN')
  })
})
