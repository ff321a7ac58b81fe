import { createAuthority, serverCertificate } from '@clientcert/testing'
import { expect, test } from 'vitest'
import { readWholePem } from '../../src/encoding/whole-pem.ts'

const {
  chain,
  fullChainPem: whole,
  privateKeyPem: key,
} = serverCertificate(createAuthority().intermediate('Issuing'), {})
const END = '-----END CERTIFICATE-----'
const check = (text: string) => readWholePem(Buffer.from(text))

test('of all places where a file may end, those between blocks are the only ones that are whole (RFC 7468 section 2)', () => {
  const ends = Array.from({ length: whole.length + 1 }, (_, end) => end)
  const taken = ends.filter((end) => {
    try {
      check(whole.slice(0, end))
      return true
    } catch {
      return false
    }
  })
  const leaf = whole.indexOf(END) + END.length
  expect(whole.length).toBe(whole.lastIndexOf(END) + END.length + 1)
  // An empty file holds no certificate, which OpenSSL says.
  expect(taken).toEqual([0, leaf, leaf + 1, whole.length - 1, whole.length])
})

test.each<[string, string]>([
  ['a key beside the certificates', whole + key],
  ['a key before them', key + whole],
  [
    'text and comments',
    `subject=/CN=a\n# --- of ours ---\n${whole.replaceAll('\n-----BEGIN', '\n\nissuer:\n-----BEGIN')}`,
  ],
  ['CRLF, and spaces behind markers', whole.replaceAll('-----\n', '----- \n').replaceAll('\n', '\r\n')],
])('whole is %s', (_, text) => {
  expect(check(text)).toEqual(chain.map(({ der }) => new Uint8Array(der)))
})

test.each<[string, string, RegExp]>([
  ['a block that begins on the line on which one ends', whole.replace(`${END}\n`, END), /line \d+ has part of/],
  ['a block within a block', whole.replace(`${END}\n`, ''), /line \d+ has a PEM marker where/],
  ['an end of another label', whole.replace(END, '-----END X509 CRL-----'), /line \d+ has a PEM marker where/],
  ['an end of nothing', `${END}\n${whole}`, /line 1 has a PEM marker where/],
  ['what is no base64', whole.replace('\nMII', '\nM*I'), /certificate that ends at line \d+ cannot be read/],
  ['base64 that is no certificate', `-----BEGIN CERTIFICATE-----\nAAAA\n${END}\n`, /ends at line 3 cannot be read/],
])('broken is %s', (_, text, message) => {
  expect(() => check(text)).toThrow(message)
})
