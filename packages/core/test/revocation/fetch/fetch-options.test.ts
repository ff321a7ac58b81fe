import { createAuthority } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { ConfigurationError } from '../../../src/configuration-error.ts'
import {
  DEFAULT_FETCH_TIMEOUT_MS,
  DEFAULT_MAX_CRL_BYTES,
  DEFAULT_MAX_OCSP_BYTES,
  type NamedHosts,
  readFetchOptions,
} from '../../../src/revocation/fetch/fetch-options.ts'

const read = (value: unknown, named: NamedHosts = { hosts: [], areEnough: false }) =>
  readFetchOptions(value, 'revocation.fetch', named)
const hosts = ['crl.example.com']
const pem = createAuthority('Web CA').certificate.pem

describe('revocation.fetch', () => {
  test('needs hosts and has defaults for the rest', () => {
    const { settings, maxCrlBytes, maxOcspBytes } = read({ hosts })
    expect({ maxCrlBytes, maxOcspBytes }).toEqual({
      maxCrlBytes: DEFAULT_MAX_CRL_BYTES,
      maxOcspBytes: DEFAULT_MAX_OCSP_BYTES,
    })
    expect(settings).toMatchObject({
      hosts: new Set(hosts),
      addresses: null,
      ports: new Set([80, 443]),
      timeoutMs: DEFAULT_FETCH_TIMEOUT_MS,
      proxy: { http: null, https: null },
    })
  })

  test('adds the hosts that other options name by URL, and needs no others where they are all', () => {
    const named = { hosts: ['crl.internal'], areEnough: true }
    expect(read({}, named).settings.hosts).toEqual(new Set(['crl.internal']))
    expect(read({ hosts }, named).settings.hosts).toEqual(new Set([...hosts, 'crl.internal']))
    expect(() => read({}, { ...named, areEnough: false })).toThrow(/hosts/)
  })

  test('has a proxy for either scheme, by name or address', () => {
    const proxy = { http: 'http://proxy.internal:3128/', https: 'http://[fd00::1]:8080' }
    expect(read({ hosts, proxy }).settings.proxy).toEqual({
      http: { host: 'proxy.internal', port: 3128 },
      https: { host: 'fd00::1', port: 8080 },
    })
  })

  test('takes limits at the ends of their ranges', () => {
    expect(read({ hosts, timeoutMs: 100, maxCrlBytes: 1_024, maxOcspBytes: 134_217_728 })).toMatchObject({
      settings: { timeoutMs: 100 },
      maxCrlBytes: 1_024,
      maxOcspBytes: 134_217_728,
    })
  })

  test.each([
    ['no object', 'any-public', '', 'ERR_CONFIG_TYPE', ''],
    ['no hosts', {}, '.hosts', 'ERR_CONFIG_MISSING', "'any-public'"],
    ['an unknown name', { hosts, timeout: 1 }, '.timeout', 'ERR_CONFIG_UNKNOWN_OPTION', '`timeoutMs`'],
    ['a time too short', { hosts, timeoutMs: 99 }, '.timeoutMs', 'ERR_CONFIG_RANGE', '100'],
    ['a time too long', { hosts, timeoutMs: 120_001 }, '.timeoutMs', 'ERR_CONFIG_RANGE', '120000'],
    ['a CRL too small', { hosts, maxCrlBytes: 1_023 }, '.maxCrlBytes', 'ERR_CONFIG_RANGE', '1024'],
    ['a CRL too large', { hosts, maxCrlBytes: 134_217_729 }, '.maxCrlBytes', 'ERR_CONFIG_RANGE', '134217728'],
    ['a response of text', { hosts, maxOcspBytes: '64k' }, '.maxOcspBytes', 'ERR_CONFIG_TYPE', 'number'],
    ['an address that is a name', { hosts, addresses: ['localhost'] }, '.addresses[0]', 'ERR_CONFIG_VALUE', ''],
    ['a port that is text', { hosts, ports: ['8080'] }, '.ports[0]', 'ERR_CONFIG_TYPE', ''],
    ['port 0', { hosts, ports: [0] }, '.ports[0]', 'ERR_CONFIG_RANGE', ''],
    ['port 65536', { hosts, ports: [8_080, 65_536] }, '.ports[1]', 'ERR_CONFIG_RANGE', ''],
    ['no ports', { hosts, ports: [] }, '.ports', 'ERR_CONFIG_TYPE', ''],
    ['a resolver that is none', { hosts, lookup: '1.1.1.1' }, '.lookup', 'ERR_CONFIG_TYPE', 'function'],
    ['no proxy', { hosts, proxy: {} }, '.proxy', 'ERR_CONFIG_MISSING', ''],
    ['a proxy of text', { hosts, proxy: 'http://a:1' }, '.proxy', 'ERR_CONFIG_TYPE', '`http`'],
    ['a proxy by https', { hosts, proxy: { https: 'https://a:1' } }, '.proxy.https', 'ERR_CONFIG_VALUE', 'CONNECT'],
    ['a proxy without a port', { hosts, proxy: { http: 'http://a' } }, '.proxy.http', 'ERR_CONFIG_VALUE', 'PORT'],
    ['a proxy with a path', { hosts, proxy: { http: 'http://a:1/b' } }, '.proxy.http', 'ERR_CONFIG_VALUE', 'PORT'],
    ['a proxy at port 65536', { hosts, proxy: { http: 'http://a:65536' } }, '.proxy.http', 'ERR_CONFIG_RANGE', ''],
    ['tls without authorities', { hosts, tls: {} }, '.tls.ca', 'ERR_CONFIG_TYPE', ''],
    [
      'tls that verifies nothing',
      { hosts, tls: { rejectUnauthorized: false } },
      '.tls.rejectUnauthorized',
      'ERR_CONFIG_UNKNOWN_OPTION',
      '',
    ],
    ['authorities that are garbage', { hosts, tls: { ca: 'a' } }, '.tls.ca', 'ERR_CONFIG_TRUST_MALFORMED', ''],
    [
      'authorities glued together',
      { hosts, tls: { ca: pem.trimEnd() + pem } },
      '.tls.ca',
      'ERR_CONFIG_TRUST_MALFORMED',
      'newline',
    ],
    [
      'authorities that are no certificates',
      { hosts, tls: { ca: Uint8Array.of(0x30, 0) } },
      '.tls.ca',
      'ERR_CONFIG_TRUST_MALFORMED',
      '',
    ],
  ])('%s is a mistake', (_what, value, option, code, says) => {
    const mistake = mistakeIn(value)
    expect({ option: mistake.option, code: mistake.code }).toEqual({ option: `revocation.fetch${option}`, code })
    expect(mistake.message).toContain(says)
  })

  test('a proxy demands a list of hosts, for it resolves names by itself', () => {
    const mistake = mistakeIn({ hosts: 'any-public', proxy: { http: 'http://proxy.internal:3128' } })
    expect({ option: mistake.option, code: mistake.code }).toEqual({
      option: 'revocation.fetch.proxy',
      code: 'ERR_CONFIG_VALUE',
    })
    expect(mistake.message).toContain('List the hosts')
  })

  test('the password of a proxy is not repeated', () => {
    const { message } = mistakeIn({ hosts, proxy: { http: 'http://me:secret@proxy.internal:3128' } })
    expect(message).toContain('userinfo')
    expect(message).not.toContain('secret')
  })
})

function mistakeIn(value: unknown): ConfigurationError {
  try {
    read(value)
  } catch (error) {
    if (error instanceof ConfigurationError) return error
    throw error
  }
  throw new Error('accepted')
}
