import { createAuthority, der } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { parseCertificate } from '../../src/x509/certificate.ts'
import { failureOf } from '../encoding/unwrap.ts'

const root = createAuthority()

describe('the type of an attribute', () => {
  // What was read once is spelled out later, in messages too: there a fault would leave the verifier as an exception.
  test.each([
    ['a padded arc', '8001'],
    ['an end inside an arc', '5584'],
    ['no octets', ''],
    ['65 octets', `2a${'01'.repeat(64)}`],
  ])('is refused in subject, issuer and alternative name with %s (X.690 8.19)', (_, octets) => {
    const type = der.hex(octets)
    const name = der.sequence(
      der.set(der.sequence(der.concat(Uint8Array.of(0x06, type.length), type), der.string('x', 'utf8'))),
    )
    const { der: bySubject } = root.issue({ subject: name }).certificate
    expect(failureOf(parseCertificate(bySubject))).toMatchObject({ code: 'ERR_X509_MALFORMED', field: 'subject' })
    const { der: byIssuer } = root.issue({ issuerName: name }).certificate
    expect(failureOf(parseCertificate(byIssuer))).toMatchObject({ code: 'ERR_X509_MALFORMED', field: 'issuer' })
    const { der: byAlternative } = root.issue({ san: { directoryName: name } }).certificate
    expect(failureOf(parseCertificate(byAlternative))).toMatchObject({
      code: 'ERR_X509_EXTENSION_MALFORMED',
      extension: 'subjectAltName',
    })
  })
})
