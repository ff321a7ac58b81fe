import { answerOcspRequest, createAuthority, der, mintOcspError, type OcspResponder } from '@clientcert/testing'
import { describe, expect, type TestContext, test } from 'vitest'
import { opensslOcspRequest, opensslOcspText } from './openssl-ocsp.ts'

const root = createAuthority()
const leaf = root.issue({ serialNumber: 0x0102n })

/** What openssl prints of the answer. */
const answerTo = (
  context: TestContext,
  request: Uint8Array,
  responders: OcspResponder | readonly OcspResponder[],
): string => opensslOcspText(context, answerOcspRequest(request, responders))

describe('a request of openssl is answered', () => {
  test.for(['-sha1', '-sha256'])('about the CertID that it has, by %s', (hash, context) => {
    const text = answerTo(context, opensslOcspRequest(context, leaf, root, hash), { issuer: root })
    expect(text).toContain(`Hash Algorithm: ${hash.slice(1)}`)
    expect(text).toContain('Serial Number: 0102')
    expect(text).toContain('Cert Status: good')
  })

  test('by what is known of the number, written as `x509.serialNumber` is', (context) => {
    const numbers: string[] = []
    for (const serialNumber of [der.hex('00ff'), der.hex('0a'), der.hex('0102')]) {
      const client = root.issue({ serialNumber })
      const statusOf = (number: string) => {
        numbers.push(number)
        return number === client.certificate.x509.serialNumber ? 'revoked' : 'good'
      }
      expect(answerTo(context, opensslOcspRequest(context, client, root), { issuer: root, statusOf })).toContain(
        'revoked',
      )
    }
    expect(numbers).toEqual(['FF', '0A', '0102'])
  })

  test('with its nonce, without one, or with another', (context) => {
    const request = opensslOcspRequest(context, leaf, root, '-nonce')
    const [nonce] = /0410[0-9a-f]{32}/.exec(Buffer.from(request).toString('hex')) ?? []
    expect(answerTo(context, request, { issuer: root })).toContain(nonce?.toUpperCase())
    expect(answerTo(context, request, { issuer: root, nonce: 'omit' })).not.toContain('Nonce')
    expect(answerTo(context, request, { issuer: root, nonce: Uint8Array.of(1) })).toMatch(/Nonce: \n ?040101/)
    expect(answerTo(context, opensslOcspRequest(context, leaf, root, '-no_nonce'), { issuer: root })).not.toContain(
      'Nonce',
    )
  })

  test('by the responder of its issuer', (context) => {
    const other = createAuthority('Other CA')
    const client = other.issue()
    const responders = [{ issuer: root }, { issuer: other, statusOf: () => 'unknown' as const }]
    expect(answerTo(context, opensslOcspRequest(context, client, other), responders)).toContain(
      'Responder Id: CN = Other CA',
    )
    expect(answerTo(context, opensslOcspRequest(context, leaf, root), responders)).toContain(
      'Responder Id: CN = Root CA',
    )
    // A namesake has another key.
    expect(answerTo(context, opensslOcspRequest(context, leaf, createAuthority()), responders)).toContain(
      'unauthorized',
    )
  })

  test('for the times that are given', (context) => {
    const times = { thisUpdate: new Date('2026-02-01T00:00:00Z'), nextUpdate: new Date('2026-02-02T00:00:00Z') }
    const text = answerTo(context, opensslOcspRequest(context, leaf, root), { issuer: root, ...times })
    expect(text).toContain('This Update: Feb 1 00:00:00 2026 GMT')
    expect(text).toContain('Next Update: Feb 2 00:00:00 2026 GMT')
  })
})

test('what is no request is answered malformedRequest (RFC 6960 2.3)', () => {
  for (const octets of [
    new Uint8Array(),
    der.hex('30'),
    der.sequence(der.nullValue()),
    Buffer.from('GET / HTTP/1.1'),
  ]) {
    expect(answerOcspRequest(octets, { issuer: root })).toEqual(mintOcspError('malformedRequest'))
  }
})
