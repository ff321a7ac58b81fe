import { randomBytes, webcrypto } from 'node:crypto'
import { createAuthority, der } from '@clientcert/testing'
import { fromBER, OctetString } from 'asn1js'
import { Certificate, CryptoEngine, OCSPRequest, setEngine } from 'pkijs'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  encodeOcspRequest,
  MAX_GET_OCTETS,
  NONCE_OCTETS,
  ocspGetUrl,
} from '../../../src/revocation/ocsp/ocsp-request.ts'
import { leaf, question, questionOf, root } from './asked.ts'

const hexOf = (octets: Uint8Array) => Buffer.from(octets).toString('hex')

describe('a request for the status of one certificate (RFC 6960 4.1.1)', () => {
  beforeAll(() => setEngine('node', new CryptoEngine({ name: 'node', crypto: webcrypto })))

  test.each([
    ['sha1', 'SHA-1'],
    ['sha256', 'SHA-256'],
  ] as const)('with %s is to the octet what pkijs writes', async (certId, hashAlgorithm) => {
    const [client, issuer] = [leaf, root].map(({ certificate }) => Certificate.fromBER(certificate.der.slice()))
    if (!client || !issuer) throw new Error('two certificates')
    const theirs = new OCSPRequest()
    await theirs.createForCertificate(client, { hashAlgorithm, issuerCertificate: issuer })
    const ours = encodeOcspRequest(question, { certId, nonce: null })
    expect(hexOf(ours)).toBe(hexOf(new Uint8Array(theirs.toSchema(true).toBER())))
  })

  test('has the number of the certificate as it stands there, long or negative', () => {
    for (const serialNumber of ['80', '00ff', '01'.repeat(40)]) {
      const client = root.issue({ serialNumber: der.hex(serialNumber) })
      const request = OCSPRequest.fromBER(
        encodeOcspRequest(questionOf(client, root), { certId: 'sha1', nonce: null }).slice(),
      )
      const [asked] = request.tbsRequest.requestList
      expect(hexOf(asked?.reqCert.serialNumber.valueBlock.valueHexView ?? new Uint8Array())).toBe(serialNumber)
    }
  })

  test('has a nonce where one is given, an OCTET STRING within that of the extension, not critical (RFC 9654 2.1)', () => {
    const nonce = randomBytes(NONCE_OCTETS)
    const request = OCSPRequest.fromBER(encodeOcspRequest(question, { certId: 'sha1', nonce }).slice())
    const [extension, ...others] = request.tbsRequest.requestExtensions ?? []
    expect(others).toEqual([])
    expect(extension).toMatchObject({ extnID: '1.3.6.1.5.5.7.48.1.2', critical: false })
    const value = fromBER(extension?.extnValue.valueBlock.valueHexView.slice() ?? new Uint8Array()).result
    expect(value).toBeInstanceOf(OctetString)
    expect(value instanceof OctetString && hexOf(value.valueBlock.valueHexView)).toBe(nonce.toString('hex'))
    expect(NONCE_OCTETS).toBe(32)
  })

  test('has no extensions without one', () => {
    const request = OCSPRequest.fromBER(encodeOcspRequest(question, { certId: 'sha1', nonce: null }).slice())
    expect(request.tbsRequest.requestExtensions).toBeUndefined()
  })
})

describe('a request in a URL (RFC 6960 A.1, RFC 5019 section 5)', () => {
  const request = Buffer.from('fbff3e3f', 'hex') // +/8+Pw==: each of the characters that have to be escaped.

  test('is base64, percent-encoded, behind one slash', () => {
    expect(ocspGetUrl('http://ocsp.example', request)).toBe('http://ocsp.example/%2B%2F8%2BPw%3D%3D')
    expect(ocspGetUrl('http://ocsp.example/', request)).toBe('http://ocsp.example/%2B%2F8%2BPw%3D%3D')
    expect(ocspGetUrl('http://ocsp.example/a/b', request)).toBe('http://ocsp.example/a/b/%2B%2F8%2BPw%3D%3D')
  })

  test(`is written up to ${MAX_GET_OCTETS} octets of URL, and goes by POST beyond`, () => {
    const [zeros, escaped] = [Buffer.alloc(3), 'AAAA']
    const host = 'http://ocsp.example/'
    const path = 'p'.repeat(MAX_GET_OCTETS - host.length - 1 - escaped.length)
    expect(ocspGetUrl(`${host}${path}`, zeros)).toHaveLength(MAX_GET_OCTETS)
    expect(ocspGetUrl(`${host}${path}p`, zeros)).toBeNull()
  })

  test('goes by POST where no path can be appended', () => {
    expect(ocspGetUrl('http://ocsp.example/?ca=1', request)).toBeNull()
    expect(ocspGetUrl('http://ocsp.example/#ca', request)).toBeNull()
  })

  test('is short enough for a usual responder, with either hash', () => {
    const client = createAuthority().issue()
    for (const certId of ['sha1', 'sha256'] as const) {
      const octets = encodeOcspRequest(questionOf(client, root), { certId, nonce: null })
      expect(ocspGetUrl('http://ocsp.example', octets)?.startsWith('http://ocsp.example/M')).toBe(true)
    }
  })
})
