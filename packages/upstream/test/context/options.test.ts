import { describe, expect, test } from 'vitest'
import { createTlsContext } from '../../src/index.ts'
import { resolveOptions } from '../../src/options.ts'
import { contextOf, ours, pemOf } from '../serving.ts'

const pem = pemOf(ours)
const given = (options: object) => () => createTlsContext({ pem, ...options })

test('are complete with one kind of material', () => {
  expect(resolveOptions({ pem })).toMatchObject({
    name: 'upstream',
    hosts: [],
    sni: null,
    gracePeriodMs: 60_000,
    connectTimeoutMs: 10_000,
    maxCachedSessions: 100,
    logger: null,
    beyondOpenSsl: [],
    server: { verification: 'enabled' },
  })
})

test.each([
  ['host', 'hosts'],
  ['certChain', 'certChainFile'],
  ['cert_chain_file', 'certChainFile'],
  ['alpn_protocols', 'alpnProtocols'],
  ['gracePeriod', 'gracePeriodMs'],
])('say of %s that it is no option, and that %s is one', (wrong, right) => {
  expect(given({ [wrong]: 'x' })).toThrow(`Did you mean \`${right}\``)
})

test.each([
  ['ca', '`caCertChainFile`'],
  ['cert', '`certChainFile`'],
  ['keyFile', '`privateKeyFile`'],
  ['servername', '`sni`'],
  ['minVersion', '`minTlsVersion`'],
  ['rejectUnauthorized', '`expectedServer`'],
  ['spec', '`readAmbassador()`'],
])('say of %s, which others call it, that here it is %s', (foreign, own) => {
  expect(given({ [foreign]: 'x' })).toThrow(`${foreign}: is not an option`)
  expect(given({ [foreign]: 'x' })).toThrow(own)
})

test('half a pair is refused in the words of Ambassador, with the fix', () => {
  const half = { certChainFile: '/etc/istiocerts/cert-chain.pem', name: 'istio-upstream' } as never
  expect(() => createTlsContext(half)).toThrow(
    "TLSContext istio-upstream: 'certChainFile' requires 'privateKeyFile' as well",
  )
})

describe.each([
  ['gracePeriodMs', 0, 3_600_000],
  ['connectTimeoutMs', 1, 600_000],
  ['maxCachedSessions', 0, 10_000],
] as const)('%s', (option, least, most) => {
  test('is taken at its limits', () => {
    for (const value of [least, most]) expect(resolveOptions({ pem, [option]: value })[option]).toBe(value)
  })

  test.each([least - 1, most + 1, 1.5, '5', Number.NaN])('is refused as %s', (value) => {
    expect(given({ [option]: value })).toThrow(option)
  })
})

describe('hosts', () => {
  test('are names, wildcards and *, in one form', () => {
    expect(resolveOptions({ pem, hosts: ['A.example.', '*.B.example', '*'] }).hosts).toEqual([
      'a.example',
      '*.b.example',
      '*',
    ])
  })

  test('may be none', () => {
    expect(contextOf({ hosts: [] }).hosts).toEqual([])
  })

  test.each([
    ['a.example', 'Give an array of names'],
    [['a.example', 'a.example'], 'a second time'],
    [['a.example', 'A.EXAMPLE'], 'a second time'],
    [['a.example:443'], 'Leave the port out'],
    [['a.*.example'], 'A wildcard stands for one whole label'],
    [[5], 'Give a string'],
  ])('are refused as %j', (hosts, fix) => {
    expect(given({ hosts })).toThrow(fix)
  })
})

describe('sni', () => {
  test('is a name in one form', () => {
    expect(resolveOptions({ pem, sni: 'A.example.' }).sni).toBe('a.example')
  })

  test.each(['127.0.0.1', '::1', '*.a.example', 'a b', ''])('is refused as %j', (sni) => {
    expect(given({ sni })).toThrow('sni')
  })
})

test('name is a text, and stands in messages', () => {
  expect(contextOf({ name: 'ambassador-consul' }).name).toBe('ambassador-consul')
  expect(given({ name: '' })).toThrow('name')
})

test('logger and clock are what they are elsewhere', () => {
  expect(given({ logger: {} })).toThrow('logger')
  expect(given({ clock: new Date() })).toThrow('clock')
})

test('crl and revocation, policies and maxIntermediates are beyond OpenSSL', () => {
  const named = (options: object) => resolveOptions({ pem, ...options }).beyondOpenSsl
  expect(named({ revocation: 'skip' })).toEqual([])
  expect(named({ policies: { accepted: ['1.2.3'] }, maxIntermediates: 1 })).toEqual(['policies', 'maxIntermediates'])
})
