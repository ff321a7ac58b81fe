import { describe, expect, test } from 'vitest'
import { ConfigurationError } from '../../../src/configuration-error.ts'
import { hostOf, readHostList } from '../../../src/revocation/fetch/host-list.ts'

describe('hosts are exact names in one form', () => {
  test.each([
    ['CRL.Example.COM', 'http://crl.example.com/'],
    ['crl.example.com.', 'http://CRL.example.com/'],
    ['crl.example.com', 'http://crl.example.com./'],
    ['b\u00fccher.example', 'http://xn--bcher-kva.example/'],
    ['10.0.0.5', 'http://10.5/'],
    ['::1', 'http://[0:0:0:0:0:0:0:1]/'],
  ])('%s is the host of %s', (host, url) => {
    expect(readHostList([host], 'hosts')).toEqual(new Set([hostOf(new URL(url))]))
  })

  test('a name below a listed one, and one above, is another', () => {
    const hosts = readHostList(['crl.example.com'], 'hosts')
    if (hosts === 'any-public') throw new Error('a list was read as none')
    expect(hosts.has('x.crl.example.com')).toBe(false)
    expect(hosts.has('example.com')).toBe(false)
    expect(hosts.has('crl.example.com')).toBe(true)
  })

  test("'any-public' is a word by itself", () => {
    expect(readHostList('any-public', 'hosts')).toBe('any-public')
  })
})

describe('what would be read as something else is a mistake', () => {
  test.each([
    ['a string', 'crl.example.com', 'ERR_CONFIG_TYPE', 'Give an array'],
    ['nothing', [], 'ERR_CONFIG_TYPE', 'not empty'],
    ['a wildcard', ['*.example.com'], 'ERR_CONFIG_VALUE', 'Write out every name'],
    ['any-public in an array', ['any-public'], 'ERR_CONFIG_VALUE', "`hosts: 'any-public'`"],
    ['a URL', ['http://crl.example.com'], 'ERR_CONFIG_VALUE', 'no scheme'],
    ['a port', ['crl.example.com:8080'], 'ERR_CONFIG_VALUE', '`ports`'],
    ['a path', ['crl.example.com/a'], 'ERR_CONFIG_VALUE', 'no scheme'],
    ['userinfo', ['a@crl.example.com'], 'ERR_CONFIG_VALUE', 'no scheme'],
    ['brackets', ['[::1]'], 'ERR_CONFIG_VALUE', 'no scheme'],
    ['a zone', ['fe80::1%eth0'], 'ERR_CONFIG_VALUE', 'no scheme'],
    ['an address out of range', ['1.2.3.256'], 'ERR_CONFIG_VALUE', 'Give a host name'],
    ['a number', [80], 'ERR_CONFIG_TYPE', 'string'],
  ] as const)('%s', (_what, value, code, says) => {
    const read = () => readHostList(value, 'hosts')
    expect(read).toThrow(ConfigurationError)
    expect(read).toThrow(expect.objectContaining({ code, message: expect.stringContaining(says) as string }))
  })
})
