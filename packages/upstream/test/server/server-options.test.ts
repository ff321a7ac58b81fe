import { type ConfigurationCode, ConfigurationError, dangerouslyAllowWeakAlgorithms } from '@clientcert/core'
import { mintCrl } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import {
  dangerouslyDisableServerVerification,
  type GivenServer,
  readServerOptions,
} from '../../src/server/server-options.ts'
import { root } from './minted.ts'

function mistakeIn(given: GivenServer): ConfigurationError {
  try {
    readServerOptions(given)
  } catch (error) {
    if (error instanceof ConfigurationError) return error
    throw error
  }
  throw new Error('accepted')
}

type Row = readonly [given: GivenServer, option: string, code: ConfigurationCode, says: string]

const crl = { der: mintCrl(root).der }
const id = 'spiffe://prod.example/ns/a/sa/db'

describe('expectedServer', () => {
  test.each([
    ['host', 'host'],
    [{ host: 'DB.example.' }, { host: 'db.example' }],
    [{ host: 'bücher.example' }, { host: 'xn--bcher-kva.example' }],
    [{ host: '2001:DB8::1' }, { host: '2001:db8::1' }],
    [{ spiffeId: id }, { spiffeId: id }],
    [{ spiffeId: [id, `${id}2`] }, { spiffeId: [id, `${id}2`] }],
    [{ spiffeId: `spiffe://a/${'x'.repeat(2048 - 'spiffe://a/'.length)}` }, expect.anything()],
    [{ spiffeId: Array.from({ length: 64 }, (_, index) => `${id}${index}`) }, expect.anything()],
    [{ trustDomain: 'cluster.local' }, { trustDomain: 'cluster.local' }],
  ])('%j is whom to expect', (given, expected) => {
    const resolved = readServerOptions({ expectedServer: given })
    expect(resolved.expected).toEqual(expected)
    expect(Object.isFrozen(resolved.expected)).toBe(true)
  })

  test('is the default where it is left out', () => {
    expect(readServerOptions({})).toMatchObject({ expected: undefined, verification: 'enabled' })
  })

  test.each<Row>([
    [{ expectedServer: 'db.example' }, 'expectedServer', 'ERR_CONFIG_TYPE', '{ host: "db.example" }'],
    [{ expectedServer: id }, 'expectedServer', 'ERR_CONFIG_TYPE', `{ spiffeId: "${id}" }`],
    [{ expectedServer: 'any one' }, 'expectedServer', 'ERR_CONFIG_TYPE', "'host'"],
    [{ expectedServer: null }, 'expectedServer', 'ERR_CONFIG_TYPE', '`spiffeId`'],
    [{ expectedServer: {} }, 'expectedServer', 'ERR_CONFIG_MISSING', 'exactly one'],
    [
      { expectedServer: { host: 'a', trustDomain: 'b' } },
      'expectedServer',
      'ERR_CONFIG_MISSING',
      '`host` and `trustDomain`',
    ],
    [{ expectedServer: { hosts: ['a'] } }, 'expectedServer.hosts', 'ERR_CONFIG_UNKNOWN_OPTION', '`host`'],
    [{ expectedServer: { host: undefined } }, 'expectedServer.host', 'ERR_CONFIG_TYPE', 'undefined'],
    [{ expectedServer: { host: '' } }, 'expectedServer.host', 'ERR_CONFIG_TYPE', 'not empty'],
    [
      { expectedServer: { host: '*.example' } },
      'expectedServer.host',
      'ERR_CONFIG_VALUE',
      'wildcards are for certificates',
    ],
    [
      { expectedServer: { host: 'https://db.example:5432/x' } },
      'expectedServer.host',
      'ERR_CONFIG_VALUE',
      'Give the host alone: "db.example"',
    ],
    [
      { expectedServer: { host: 'db.example:5432' } },
      'expectedServer.host',
      'ERR_CONFIG_VALUE',
      'Leave the port out: "db.example"',
    ],
    [
      { expectedServer: { host: '[::1]:5432' } },
      'expectedServer.host',
      'ERR_CONFIG_VALUE',
      'Leave the port out: "[::1]"',
    ],
    [
      { expectedServer: { host: 'fe80::1%eth0' } },
      'expectedServer.host',
      'ERR_CONFIG_VALUE',
      'Leave the zone out, which no certificate has: "fe80::1"',
    ],
    [{ expectedServer: { host: id } }, 'expectedServer.host', 'ERR_CONFIG_VALUE', `{ spiffeId: "${id}" }`],
    [{ expectedServer: { host: 'db.example\0' } }, 'expectedServer.host', 'ERR_CONFIG_VALUE', 'DNS name'],
    [{ expectedServer: { spiffeId: [] } }, 'expectedServer.spiffeId', 'ERR_CONFIG_TYPE', 'not empty'],
    [{ expectedServer: { spiffeId: [id, id] } }, 'expectedServer.spiffeId[1]', 'ERR_CONFIG_VALUE', 'a second time'],
    [{ expectedServer: { spiffeId: [id, 7] } }, 'expectedServer.spiffeId[1]', 'ERR_CONFIG_TYPE', 'string'],
    [
      { expectedServer: { spiffeId: Array.from({ length: 65 }, (_, index) => `${id}${index}`) } },
      'expectedServer.spiffeId',
      'ERR_CONFIG_RANGE',
      'at most 64',
    ],
    [
      { expectedServer: { spiffeId: 'spiffe://prod.example' } },
      'expectedServer.spiffeId',
      'ERR_CONFIG_VALUE',
      '{ trustDomain: "prod.example" }',
    ],
    [
      { expectedServer: { spiffeId: 'SPIFFE://prod.example/x' } },
      'expectedServer.spiffeId',
      'ERR_CONFIG_VALUE',
      'lower case',
    ],
    [
      { expectedServer: { spiffeId: 'spiffe://Prod.example/x' } },
      'expectedServer.spiffeId',
      'ERR_CONFIG_VALUE',
      'lower case',
    ],
    [
      { expectedServer: { spiffeId: 'spiffe://prod.example/../x' } },
      'expectedServer.spiffeId',
      'ERR_CONFIG_VALUE',
      'segment',
    ],
    [
      { expectedServer: { spiffeId: 'spiffe://prod.example/x?y' } },
      'expectedServer.spiffeId',
      'ERR_CONFIG_VALUE',
      'no query',
    ],
    [
      { expectedServer: { spiffeId: `spiffe://a/${'x'.repeat(2049 - 'spiffe://a/'.length)}` } },
      'expectedServer.spiffeId',
      'ERR_CONFIG_VALUE',
      '2048',
    ],
    [
      { expectedServer: { trustDomain: 'spiffe://cluster.local' } },
      'expectedServer.trustDomain',
      'ERR_CONFIG_VALUE',
      'alone: "cluster.local"',
    ],
    [
      { expectedServer: { trustDomain: 'spiffe://cluster.local/ns/a' } },
      'expectedServer.trustDomain',
      'ERR_CONFIG_VALUE',
      'alone: "cluster.local"',
    ],
    [
      { expectedServer: { trustDomain: 'Cluster.local' } },
      'expectedServer.trustDomain',
      'ERR_CONFIG_VALUE',
      'lower-case',
    ],
    [
      { expectedServer: { trustDomain: 'cluster.local/ns' } },
      'expectedServer.trustDomain',
      'ERR_CONFIG_VALUE',
      'lower-case',
    ],
  ])('%j is refused, with the fix', (given, option, code, says) => {
    const mistake = mistakeIn(given)
    expect({ option: mistake.option, code: mistake.code }).toEqual({ option, code })
    expect(mistake.message).toContain(says)
  })
})

describe('revocation of servers', () => {
  test('is not checked by default, strictly with `crl`, and as `revocation` says', () => {
    expect(readServerOptions({}).rules.revocation).toBe('skip')
    expect(readServerOptions({ revocation: 'skip' }).rules.revocation).toBe('skip')
    expect(readServerOptions({ crl }).rules.revocation).toBe('strict')
    expect(readServerOptions({ crl: [crl, crl] }).rules.revocation).toBe('strict')
    expect(readServerOptions({ revocation: { crls: crl } }).rules.revocation).toBe('ignore-ca-error')
  })

  test.each<Row>([
    [{ crl, revocation: { crls: crl } }, 'crl', 'ERR_CONFIG_VALUE', 'stands beside `revocation`'],
    [{ crl: '/etc/ca.crl' }, 'crl', 'ERR_CONFIG_TYPE', '{ file: PATH }'],
    [{ crl: [crl, {}] }, 'crl[1]', 'ERR_CONFIG_MISSING', 'exactly one'],
    [{ revocation: { mode: 'strict' } }, 'revocation', 'ERR_CONFIG_MISSING', 'nobody to ask'],
    [{ revocation: { crl } }, 'revocation.crl', 'ERR_CONFIG_UNKNOWN_OPTION', '`crls`'],
  ])('%j is refused under the name that was written', (given, option, code, says) => {
    const mistake = mistakeIn(given)
    expect({ option: mistake.option, code: mistake.code }).toEqual({ option, code })
    expect(mistake.message).toContain(says)
  })

  test('names `crl` also where a list cannot be loaded, once there are authorities', () => {
    const { rules } = readServerOptions({ crl: { der: Uint8Array.of(0x30, 0x00) } })
    const make = () => rules.createAuthenticator({ pem: root.certificate.pem }, { clock: () => root.at, logger: null })
    expect(make).toThrow(/^crl\.der: /)
  })
})

describe('how paths are judged', () => {
  test.each<Row>([
    [{ limits: { presented: 65 } }, 'limits.presented', 'ERR_CONFIG_RANGE', '0 to 64'],
    [{ limits: { remembered: 5 } }, 'limits.remembered', 'ERR_CONFIG_UNKNOWN_OPTION', '`presented`'],
    [{ maxIntermediates: 11 }, 'maxIntermediates', 'ERR_CONFIG_RANGE', '0 to 10'],
    [{ policies: { accepted: ['x'] } }, 'policies.accepted[0]', 'ERR_CONFIG_VALUE', 'object identifier'],
    [
      { [dangerouslyAllowWeakAlgorithms]: ['sha2'] },
      'dangerouslyAllowWeakAlgorithms[0]',
      'ERR_CONFIG_VALUE',
      'Use one of',
    ],
  ])('%j is refused', (given, option, code, says) => {
    const mistake = mistakeIn(given)
    expect({ option: mistake.option, code: mistake.code }).toEqual({ option, code })
    expect(mistake.message).toContain(says)
  })
})

describe('dangerouslyDisableServerVerification', () => {
  const option = 'dangerouslyDisableServerVerification'

  test('turns verification off, by its symbol and `true` alone', () => {
    expect(readServerOptions({ [dangerouslyDisableServerVerification]: true }).verification).toBe('disabled')
    for (const value of [false, 'true', 1, undefined, null]) {
      const mistake = mistakeIn({ [dangerouslyDisableServerVerification]: value })
      expect({ option: mistake.option, code: mistake.code }).toEqual({ option, code: 'ERR_CONFIG_VALUE' })
    }
  })

  test.each<GivenServer>([
    { expectedServer: 'host' },
    { crl },
    { revocation: { crls: crl } },
    { maxIntermediates: 1 },
    { limits: {} },
    { policies: {} },
    { [dangerouslyAllowWeakAlgorithms]: ['SHA-1'] },
  ])('beside a check, such as %o, is a contradiction', (given) => {
    const mistake = mistakeIn({ ...given, [dangerouslyDisableServerVerification]: true })
    expect({ option: mistake.option, code: mistake.code }).toEqual({ option, code: 'ERR_CONFIG_VALUE' })
    expect(mistake.message).toMatch(/stands beside `\w+`/)
  })
})
