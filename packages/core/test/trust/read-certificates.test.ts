import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { broken, createAuthority } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { ConfigurationError } from '../../src/configuration-error.ts'
import { MAX_SOURCE_CERTIFICATES, readCertificates } from '../../src/trust/read-certificates.ts'
import { heldBy, openStore, pemOf, temporaryDirectory } from './stores.ts'

const [one, other] = [createAuthority('One'), createAuthority('Other')]

/** What is held after a file with this content was read. */
function heldAfter(content: string | Uint8Array) {
  const file = join(temporaryDirectory(), 'clients.pem')
  writeFileSync(file, content)
  return heldBy(openStore({ file })).anchors
}

/** The error for a file with this content. */
function errorFor(content: string | Uint8Array): ConfigurationError {
  try {
    heldAfter(content)
  } catch (error) {
    if (error instanceof ConfigurationError) return error
    throw error
  }
  return expect.unreachable('the file was read')
}

describe('a file of trust holds certificates', () => {
  test('one or several in PEM', () => {
    expect(heldAfter(pemOf(one))).toEqual(['One'])
    expect(heldAfter(pemOf(one, other))).toEqual(['One', 'Other'])
  })

  test('with comments and the text of `openssl x509 -text` between them', () => {
    const text = `# our clients\nCertificate:\n    Data:\n${pemOf(one)}\n# their clients\n${pemOf(other)}# end\n`
    expect(heldAfter(text)).toEqual(['One', 'Other'])
  })

  test('with the ends of lines that Windows writes, and without the last one', () => {
    expect(heldAfter(pemOf(one, other).replaceAll('\n', '\r\n'))).toEqual(['One', 'Other'])
    expect(heldAfter(pemOf(one, other).trimEnd())).toEqual(['One', 'Other'])
  })

  test('or one in DER, in a file or as bytes', () => {
    expect(heldAfter(one.certificate.der)).toEqual(['One'])
    expect(heldBy(openStore({ pem: one.certificate.der })).anchors).toEqual(['One'])
  })

  test('and bytes that are given are copied: who changes them later changes nothing', async () => {
    const bytes = Buffer.from(pemOf(one))
    const store = openStore({ pem: bytes })
    bytes.fill(0)
    await store.reload()
    expect(heldBy(store).anchors).toEqual(['One'])
    expect(store.status()).toMatchObject([{ error: null }])
  })
})

describe('a file that holds anything else is refused whole, and says why', () => {
  test('two files concatenated without a newline: Node would silently trust neither', () => {
    const error = errorFor(pemOf(one).trimEnd() + pemOf(other))
    expect(error).toMatchObject({ code: 'ERR_CONFIG_TRUST_MALFORMED', option: 'trust.file' })
    expect(error.message).toMatch(/block 2 begins on the line on which block 1 ends.*newline between the files/)
  })

  test('a private key, of which nothing is repeated', () => {
    for (const content of [pemOf(one) + one.privateKeyPem, one.privateKeyPem + pemOf(one), one.privateKeyPem]) {
      const error = errorFor(content)
      expect(error.code).toBe('ERR_CONFIG_TRUST_MALFORMED')
      expect(error.message).toContain('Keep CERTIFICATE blocks only')
      const secret = one.privateKeyPem.split('\n')[1] ?? 'nothing'
      expect(`${error.message} ${error.stack} ${JSON.stringify(error)}`).not.toContain(secret.slice(0, 16))
    }
  })

  test.each([
    ['nothing', ''],
    ['white space', '\n\n  \n'],
    ['text', 'not a certificate\n'],
    [
      'a TRUSTED CERTIFICATE',
      pemOf(one)
        .replaceAll('CERTIFICATE-', 'TRUSTED CERTIFICATE-')
        .replaceAll(' CERTIFICATE-', ' TRUSTED CERTIFICATE-'),
    ],
    ['a CRL', '-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n'],
    ['half a block', pemOf(one).slice(0, 200)],
    ['a good one and half a block', pemOf(one) + pemOf(other).slice(0, 200)],
    ['a block whose base64 is broken', pemOf(one).replace('MII', 'M*I')],
    ['text beside a marker', `${pemOf(one).trimEnd()} # ours\n`],
    ['an empty block', '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n'],
  ])('%s', (_, content) => {
    expect(errorFor(content).code).toBe('ERR_CONFIG_TRUST_MALFORMED')
  })

  test('a block that is base64 of no certificate, with its number', () => {
    const [junk] = [Buffer.from('not a certificate').toString('base64')]
    const error = errorFor(`${pemOf(one)}-----BEGIN CERTIFICATE-----\n${junk}\n-----END CERTIFICATE-----\n`)
    expect(error.code).toBe('ERR_CONFIG_TRUST_MALFORMED')
    expect(error.message).toMatch(/clients\.pem, certificate 2: /)
  })

  test('DER with something behind it, or cut', () => {
    expect(errorFor(broken.trailingBytes(one).certificate.der).code).toBe('ERR_CONFIG_TRUST_MALFORMED')
    expect(errorFor(broken.truncated(one).certificate.der).code).toBe('ERR_CONFIG_TRUST_MALFORMED')
    expect(errorFor(Buffer.concat([one.certificate.der, other.certificate.der])).code).toBe(
      'ERR_CONFIG_TRUST_MALFORMED',
    )
  })

  test.each([
    ['UTF-8', Buffer.from(`\ufeff${pemOf(one)}`)],
    ['UTF-16 as PowerShell writes it', Buffer.from(`\ufeff${pemOf(one)}`, 'utf16le')],
    ['UTF-16, the other way round', Buffer.from(`\ufeff${pemOf(one)}`, 'utf16le').swap16()],
  ])('a byte order mark of %s, before which OpenSSL overlooks the first certificate', (_, content) => {
    const error = errorFor(content)
    expect(error.code).toBe('ERR_CONFIG_TRUST_MALFORMED')
    expect(error.message).toContain('without the byte order mark')
  })

  test('more certificates than a source may hold', () => {
    const pem = pemOf(one)
    const most = readCertificates(Buffer.from(pem.repeat(MAX_SOURCE_CERTIFICATES)), 'trust.pem', 'pem')
    expect(most).toHaveLength(MAX_SOURCE_CERTIFICATES)
    const read = () => readCertificates(Buffer.from(pem.repeat(MAX_SOURCE_CERTIFICATES + 1)), 'trust.pem', 'pem')
    expect(read).toThrow(/at most 10000 are looked at/)
  })
})
