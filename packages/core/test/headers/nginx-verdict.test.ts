import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeNginxVerdict, NGINX_VERDICT_HEADER } from '../../src/headers/nginx.ts'
import { failureOf, unwrap } from '../encoding/unwrap.ts'

describe('the verdict of nginx', () => {
  test('is a word for no certificate and one for success ($ssl_client_verify)', () => {
    expect(unwrap(decodeNginxVerdict('NONE'))).toEqual({ said: 'none' })
    expect(unwrap(decodeNginxVerdict('SUCCESS'))).toEqual({ said: 'success' })
  })

  test.each([
    'unable to get local issuer certificate',
    'unable to get issuer certificate',
    'unable to verify the first certificate',
    'self-signed certificate',
    'self signed certificate',
    'self-signed certificate in certificate chain',
    'self signed certificate in certificate chain',
    'certificate not trusted',
    'certificate has expired',
    'certificate is not yet valid',
    'certificate chain too long',
    'unsuitable certificate purpose',
    'unsupported certificate purpose',
    'invalid CA certificate',
    'path length constraint exceeded',
  ])('is a reason that our own path validation judges again: %s', (reason) => {
    expect(unwrap(decodeNginxVerdict(`FAILED:${reason}`))).toEqual({ said: 'failed', reason: 'path' })
    expect(unwrap(decodeNginxVerdict(`FAILED: ${reason}`))).toEqual({ said: 'failed', reason: 'path' })
  })

  test.each([
    'certificate revoked',
    'unable to get certificate CRL',
    'CRL has expired',
    'CRL signature failure',
    'certificate signature failure',
    'certificate status request failed',
    'OCSP verification needed',
    'certificate rejected',
    'permitted subtree violation',
    'unhandled critical extension',
    'Certificate has expired',
    'certificate has expired, certificate revoked',
    'a text of a version to come',
    '',
  ])('is a reason that is not ours to overrule: %j', (reason) => {
    expect(unwrap(decodeNginxVerdict(`FAILED:${reason}`))).toEqual({ said: 'failed', reason: 'unseen' })
  })

  test.each([
    'success',
    'Success',
    'SUCCESS ',
    ' SUCCESS',
    'SUCCESS, SUCCESS',
    'SUCCESS-SPOOF',
    'none',
    'NONE,NONE',
    'FAILED',
    'FAILED ',
    'failed:x',
    'OK',
    '0',
    'GENEROUS',
    '',
    '\0',
  ])('is refused when nginx writes no such thing: %j', (value) => {
    const failure = failureOf(decodeNginxVerdict(value))
    expect(failure).toMatchObject({
      code: 'ERR_HEADERS_VERDICT',
      fault: 'proxy',
      proxy: 'nginx',
      header: NGINX_VERDICT_HEADER,
    })
  })

  test('never throws, and says success for one text alone', () => {
    const word = fc.constantFrom('SUCCESS', 'NONE', 'FAILED:', 'certificate has expired', ' ')
    fc.assert(
      fc.property(fc.array(fc.oneof(word, fc.string({ unit: 'binary', maxLength: 3 })), { maxLength: 4 }), (words) => {
        const value = words.join('')
        const verdict = decodeNginxVerdict(value)
        expect(verdict.ok && verdict.value.said === 'success').toBe(value === 'SUCCESS')
      }),
    )
  })
})
