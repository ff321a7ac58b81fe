import { describe, expect, test } from 'vitest'
import { hostTable, readHosts } from '../../src/hosts/host-table.ts'
import { ConfigurationError } from '../../src/index.ts'

const tableOf = (...names: readonly string[]) =>
  hostTable(readHosts(Object.fromEntries(names.map((name) => [name, {}])), (_, name) => name))

describe('which entry is for a host', () => {
  const { find } = tableOf('A.example.', '*.b.example', 'x.b.example', '192.0.2.1', '[::1]')

  test.each([
    ['a.example', 'a.example', 'its own'],
    ['x.b.example', 'x.b.example', 'its own before a wildcard'],
    ['y.b.example', '*.b.example', 'the wildcard'],
    ['xn--bcher-kva.b.example', '*.b.example', 'the wildcard, also for an A-label (RFC 9525 6.3)'],
    ['b.example', undefined, 'none: a wildcard is one label more'],
    ['z.y.b.example', undefined, 'none: a wildcard is one label only'],
    ['c.example', undefined, 'none'],
    ['192.0.2.1', '192.0.2.1', 'that of an address'],
    ['::1', '::1', 'that of one of IPv6'],
    [null, undefined, 'none where there is none'],
  ])('%s: %s, %s', (host: string | null, entry: string | undefined, _why: string) => {
    expect(find(host)).toBe(entry)
  })

  test('* is for all others, and for none', () => {
    const all = tableOf('a.example', '*')
    expect(['a.example', 'b.example', 'localhost', '::1', null].map((host) => all.find(host))).toEqual([
      'a.example',
      '*',
      '*',
      '*',
      '*',
    ])
  })

  test('an address has no labels for a wildcard to stand for', () => {
    expect(tableOf('*.0.example', '*.2.1.example').find('192.0.2.1')).toBeUndefined()
  })
})

test('a server name of TLS is compared in normal form, however the client wrote it (CVE-2026-48928, CVE-2025-66614)', () => {
  const { findServerName } = tableOf('a.example', '*.b.example')
  const names = [
    'A.EXAMPLE',
    'a.example.',
    'X.B.Example',
    'b.example',
    '',
    false,
    null,
    'a example',
    'a.example:443',
  ] as const
  expect(names.map((name) => findServerName(name))).toEqual([
    'a.example',
    'a.example',
    '*.b.example',
    ...Array.from({ length: 6 }, () => undefined),
  ])
})

describe('the option is refused', () => {
  test.each([
    ['a string', 'a.example', 'ERR_CONFIG_TYPE', 'hosts'],
    ['an array', [{}], 'ERR_CONFIG_TYPE', 'hosts'],
    ['null', null, 'ERR_CONFIG_TYPE', 'hosts'],
    ['no host at all', {}, 'ERR_CONFIG_VALUE', 'hosts'],
    ['a symbol for a name', { [Symbol('a')]: {} }, 'ERR_CONFIG_UNKNOWN_OPTION', 'hosts.Symbol(a)'],
    ['an entry that is a string', { 'a.example': 'required' }, 'ERR_CONFIG_TYPE', "hosts['a.example']"],
    ['an entry that is undefined', { 'a.example': undefined }, 'ERR_CONFIG_TYPE', "hosts['a.example']"],
    ['a name twice, by case', { 'a.example': {}, 'A.example': {} }, 'ERR_CONFIG_VALUE', "hosts['A.example']"],
    ['a name twice, by a dot', { '*.b.example': {}, '*.b.example.': {} }, 'ERR_CONFIG_VALUE', "hosts['*.b.example.']"],
    ['an address twice, by its spelling', { '::1': {}, '[0:0::1]': {} }, 'ERR_CONFIG_VALUE', "hosts['[0:0::1]']"],
  ])('%s', (_, value, code, option) => {
    const read = () => readHosts(value, () => null)
    expect(read).toThrow(ConfigurationError)
    expect(read).toThrow(expect.objectContaining({ code, option }))
  })
})
