/** openssl as the other side: its responder answers our requests, and its client judges what we mint and read. Its clock is the machine's. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuthority, issueResponder, type Leaf, mintOcspResponse, type OcspStatus } from '@clientcert/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openssl } from '../../../../testing/test/openssl.ts'
import { encodeOcspRequest } from '../../../src/revocation/ocsp/ocsp-request.ts'
import { questionOf, verdict, verified } from './asked.ts'

const at = new Date()
const issuer = createAuthority({ at, key: 'rsa2048' })
const [client, revoked, stranger] = [issuer.issue(), issuer.issue(), issuer.issue()]
const signer = issueResponder(issuer)
const asked = (subject: Leaf) => ({ ...questionOf(subject, issuer), at: at.getTime() })

let directory = ''
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'clientcert-ocsp-'))
})
afterAll(() => rmSync(directory, { recursive: true }))

function file(name: string, content: Uint8Array | string): string {
  const path = join(directory, name)
  writeFileSync(path, content)
  return path
}

describe("openssl's responder", () => {
  /** The columns of `openssl ca`: state, end, revocation and reason, number, file, name. */
  const index = [
    `V\t460101000000Z\t\t${client.certificate.x509.serialNumber}\tunknown\t/CN=client`,
    `R\t460101000000Z\t250101000000Z,keyCompromise\t${revoked.certificate.x509.serialNumber}\tunknown\t/CN=client`,
    '',
  ].join('\n')

  test.for([
    ['good', client, 'sha1'],
    ['good', client, 'sha256'],
    ['revoked', revoked, 'sha1'],
    ['unknown', stranger, 'sha256'],
  ] as const)('says %s to our request, and is understood', async ([expected, subject, certId], context) => {
    const nonce = new Uint8Array(randomBytes(32))
    const request = encodeOcspRequest(asked(subject), { certId, nonce })
    const response = join(directory, 'response.der')
    openssl(context, [
      ...['ocsp', '-index', file('index.txt', index), '-CA', file('ca.pem', issuer.certificate.pem), '-ndays', '1'],
      ...['-rsigner', file('signer.pem', signer.certificate.pem), '-rkey', file('signer.key', signer.privateKeyPem)],
      ...['-reqin', file('request.der', request), '-respout', response],
    ])
    const answer = await verified(new Uint8Array(readFileSync(response)), { ...asked(subject), nonce })
    expect(answer.kind).toBe(expected)
    if (answer.kind === 'revoked') {
      expect(answer).toMatchObject({ reason: 'keyCompromise', revokedAt: Date.parse('2025-01-01T00:00:00Z') })
    }
    // It echoes the nonce, so that an answer to another request is not this one's.
    const other = { ...asked(subject), nonce: new Uint8Array(randomBytes(32)) }
    expect(await verdict(new Uint8Array(readFileSync(response)), other)).toBe('wrong-nonce')
  })
})

describe("openssl's client agrees with us", () => {
  const judged = (context: Parameters<typeof openssl>[0], response: Uint8Array): string => {
    const output = openssl(context, [
      ...['ocsp', '-respin', file('response.der', response), '-issuer', file('ca.pem', issuer.certificate.pem)],
      ...['-CAfile', file('ca.pem', issuer.certificate.pem), '-cert', file('client.pem', client.certificate.pem)],
      '-no_nonce',
    ])
    const status = /client\.pem: (\w+)/.exec(output)?.[1] ?? 'none'
    return output.includes('Response verify OK') ? status : 'wrong-signer'
  }
  const answer = (by: Leaf, status: OcspStatus = 'good') =>
    mintOcspResponse({ issuer, signer: by, responses: [{ certificate: client, status }] })

  test.for([
    ['signed by the issuer', issuer, 'good'],
    ['signed by a responder', signer, 'good'],
    ['of one who is revoked', signer, 'revoked'],
    ['of one who is unknown', signer, 'unknown'],
    ['signed by a client', client, 'wrong-signer'],
    ['signed by a responder for any purpose', issueResponder(issuer, { eku: ['any'] }), 'wrong-signer'],
    ['signed by the responder of another authority', issueResponder(createAuthority({ at })), 'wrong-signer'],
  ] as const)('on an answer %s', async ([, by, expected], context) => {
    const octets = answer(by, expected === 'wrong-signer' ? 'good' : expected)
    expect(judged(context, octets)).toBe(expected)
    expect(await verdict(octets, asked(client))).toBe(expected)
  })
})
