import { createAuthority, der, encodeGeneralNames, type GeneralNamesInput } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { encodeIpAddress } from '../src/ip-address.ts'
import { opensslText } from './openssl.ts'

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

describe('general names', () => {
  test('of every type are read back by openssl, in the order they were written (RFC 5280 4.2.1.6)', (context) => {
    const leaf = createAuthority().issue({
      san: {
        uri: 'spiffe://prod/ns/ops/sa/admin',
        dns: ['a.example', '*.b.example'],
        email: 'alice@example.com',
        ip: ['192.0.2.1', '2001:db8::1'],
        directoryName: { O: 'Example', CN: 'alice' },
        rid: '1.2.3.4',
        otherName: { type: '1.3.6.1.4.1.311.20.2.3', value: der.string('alice@corp', 'utf8') },
        raw: der.implicitPrimitive(2, Buffer.from('raw.example')),
      },
    })
    expect(opensslText(context, leaf)).toContain(
      [
        'URI:spiffe://prod/ns/ops/sa/admin',
        'DNS:a.example',
        'DNS:*.b.example',
        'email:alice@example.com',
        'IP Address:192.0.2.1',
        'IP Address:2001:DB8:0:0:0:0:0:1',
        'DirName:/O=Example/CN=alice',
        'Registered ID:1.2.3.4',
        'othername: UPN::alice@corp',
        'DNS:raw.example',
      ].join(', '),
    )
  })

  test('may alternate their types as a list of inputs', () => {
    const names = encodeGeneralNames([{ dns: 'a' }, { uri: 'b:c' }, { dns: 'd' }])
    expect(names.map(hexOf)).toEqual(['820161', '8603623a63', '820164'])
  })

  test('may hold a NUL, which a reader must not take for the end', () => {
    expect(encodeGeneralNames({ dns: 'a\0b' }).map(hexOf)).toEqual(['8203610062'])
  })

  test('of an unknown type are refused', () => {
    expect(() => encodeGeneralNames({ domain: 'a' } as GeneralNamesInput)).toThrow(
      /unknown type of general name "domain"/,
    )
  })
})

describe('an IP address', () => {
  test.each([
    ['192.0.2.1', 'c0000201'],
    ['::', '00'.repeat(16)],
    ['::1', `${'00'.repeat(15)}01`],
    ['2001:db8::1', '20010db8000000000000000000000001'],
    ['2001:db8:0:0:1::', '20010db8000000000001000000000000'],
    ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
    ['::ffff:192.0.2.1', '00000000000000000000ffffc0000201'],
    ['192.0.2.0/24', 'c0000200ffffff00'],
    ['10.0.0.0/9', '0a000000ff800000'],
    ['0.0.0.0/0', '0000000000000000'],
    ['192.0.2.1/32', 'c0000201ffffffff'],
    ['2001:db8::/33', `20010db8${'00'.repeat(12)}ffffffff80${'00'.repeat(11)}`],
  ])('%s is encoded in network order', (text, octets) => {
    expect(hexOf(encodeIpAddress(text))).toBe(octets)
  })

  test.each(['192.0.2', '192.0.2.1/33', '192.0.2.1/', '192.0.2.1/-1', '::1/129', '1.2.3.4/8/8', 'localhost', ''])(
    '%s is refused',
    (text) => {
      expect(() => encodeIpAddress(text)).toThrow(TypeError)
    },
  )
})
