import { createAuthority, type NameInput } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { openssl } from './openssl.ts'

const root = createAuthority()

describe('a subject, as openssl reads it', () => {
  const cases: Array<[why: string, name: NameInput, text: string]> = [
    ['a string is the common name', 'alice', 'CN = alice'],
    [
      'an object is one RDN for each attribute, in order',
      { C: 'GB', O: 'Example', CN: 'a' },
      'C = GB, O = Example, CN = a',
    ],
    ['a list may hold RDNs of several attributes', [{ O: 'x' }, { CN: 'a', UID: '7' }], 'O = x, CN = a + UID = 7'],
    [
      'pairs may repeat a type within one RDN',
      [
        [
          ['CN', 'a'],
          ['CN', 'b'],
        ],
      ],
      'CN = a + CN = b',
    ],
    ['pairs may repeat a type over several', [[['OU', 'a']], [['OU', 'b']]], 'OU = a, OU = b'],
    ['a dotted identifier is a type, too', { '2.5.4.3': 'a' }, 'CN = a'],
    ['an empty object is the empty name', {}, ''],
  ]
  test.for(cases)('%s', ([, subject, text], context) => {
    const { der } = root.issue({ subject }).certificate
    expect(openssl(context, ['x509', '-inform', 'DER', '-noout', '-subject'], der)).toBe(`subject=${text}\n`)
  })

  test('has the string types that were asked for', (context) => {
    const subject = {
      C: 'GB',
      O: { text: 'Zoë', as: 'bmp' },
      CN: { text: 'Zoë', as: 'teletex' },
      DC: 'a',
      OU: 'b',
    } as const
    const { der } = root.issue({ subject }).certificate
    const text = openssl(
      context,
      ['x509', '-inform', 'DER', '-noout', '-subject', '-nameopt', 'show_type,sep_multiline'],
      der,
    )
    expect(text).toContain('PRINTABLESTRING:GB')
    expect(text).toContain('BMPSTRING:')
    expect(text).toContain('T61STRING:')
    expect(text).toContain('IA5STRING:a')
    expect(text).toContain('UTF8STRING:b')
  })
})

test('refuses an attribute type that means nothing, with those that do', () => {
  expect(() => root.issue({ subject: { Common: 'a' } as NameInput })).toThrow(/unknown attribute type "Common".*CN/)
})

test('takes a whole Name as bytes', () => {
  expect(root.issue({ subject: root.name }).certificate.x509.subject).toBe('CN=Root CA')
})
