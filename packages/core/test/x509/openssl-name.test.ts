/** Names as OpenSSL writes them, against OpenSSL itself and against another writer. */
import { createAuthority, createKeyPool, der, headersFor, type NameInput } from '@clientcert/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openssl } from '../../../testing/test/openssl.ts'
import { opensslName } from '../../src/x509/openssl-name.ts'
import { OPENSSL_SHORT_NAMES } from '../../src/x509/openssl-short-names.ts'
import { parsed } from './minted.ts'

const root = createAuthority({ keyPool: createKeyPool({ size: 1 }) })
const written = (subject: NameInput) => opensslName(parsed(root.issue({ subject })).subject)

/** What `openssl x509 -nameopt RFC2253` prints. */
function printed(context: Parameters<typeof openssl>[0], subject: NameInput): string {
  const { der: certificate } = root.issue({ subject }).certificate
  const output = openssl(context, ['x509', '-inform', 'DER', '-noout', '-subject', '-nameopt', 'RFC2253'], certificate)
  return output.replace(/^subject=/, '').replace(/\n$/, '')
}

const CASES: readonly NameInput[] = [
  { C: 'GB', O: 'Example', CN: 'Zo\u00eb, "Ops" + Team/\u03b1' },
  [{ DC: 'test' }, { UID: 'u42', CN: 'multi', O: 'three' }, { O: 'Org' }],
  { OU: 'a/b;c\\d<e>#f=g' },
  { CN: '  lead trail  ' },
  { CN: '#hash' },
  { CN: '#' },
  { CN: ' ' },
  { CN: '' },
  { CN: 'a\r\nX-Injected: yes\u007f\0' },
  { CN: { text: 'Zo\u00eb', as: 'teletex' } },
  { CN: { text: 'Zo\u00eb \u5f20', as: 'bmp' } },
  { CN: { text: 'Zo\u00eb \u{1f600}', as: 'universal' } },
  { CN: '\u{1f600}' },
  { CN: { text: 'Zo\u00eb', as: 'ia5' } },
  { street: '1 Main Street', organizationIdentifier: 'VATGB-1', emailAddress: 'zoe@example.test', serialNumber: '7' },
  { '1.2.3.4': 'unknown type' },
  { '2.5.4.65': 'a pseudonym, which few tables name', '1.3.6.1.4.1.311.60.2.1.3': 'GB' },
  { CN: der.bitString(Uint8Array.of(0xa5)) },
  { CN: der.sequence(der.string('in a sequence', 'utf8')) },
  { CN: 'a'.repeat(300) },
  {},
]

describe('a name as OpenSSL writes it', () => {
  test.for(CASES)('is what openssl prints for RFC2253: %j', (subject, context) => {
    expect(written(subject)).toBe(printed(context, subject))
  })

  test('has the short names of the types that OpenSSL has', (context) => {
    const lines = openssl(context, ['list', '-objects']).split('\n')
    const listed = new Map(
      lines.flatMap((line) => [...line.matchAll(/^(.+?) = (?:.*, )?([\d.]+)$/g)].map(([, name, oid]) => [oid, name])),
    )
    for (const [oid, name] of OPENSSL_SHORT_NAMES) expect(listed.get(oid)).toBe(name)
  })

  const text = fc.string({
    unit: fc.oneof(fc.constantFrom(...' #,+"\\<>;=/ab\0\n\x7f'.split('')), fc.constantFrom('\u00eb', '\u5f20')),
    maxLength: 8,
  })
  const form = fc.constantFrom('utf8' as const, 'bmp' as const, 'universal' as const)
  const type = fc.constantFrom('CN', 'O', 'UID', 'DC', 'street', 'GN', '1.3.6.1.4.1.32473.7')
  const rdn = fc.dictionary(type, fc.record({ text, as: form }), { minKeys: 1, maxKeys: 3 })
  const subjects = fc.array(rdn, { minLength: 1, maxLength: 4 }) as fc.Arbitrary<NameInput>

  test('is what openssl prints, whatever the name', (context) => {
    const agrees = (subject: NameInput) => {
      expect(written(subject)).toBe(printed(context, subject))
    }
    fc.assert(fc.property(subjects, agrees), { numRuns: 25 })
  })

  test('is what the writer of @clientcert/testing writes, and printable ASCII, whatever the name', () => {
    const agrees = (subject: NameInput) => {
      const leaf = root.issue({ subject })
      const name = opensslName(parsed(leaf).subject)
      expect(name).toBe(headersFor('nginx', leaf)['ssl-client-subject-dn'] ?? '')
      expect(name).toMatch(/^[\x20-\x7e]*$/)
    }
    fc.assert(fc.property(subjects, agrees), { numRuns: 60 })
  })
})
