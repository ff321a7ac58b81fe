import { describe, expect, test } from 'vitest'
import { readTlsSettings } from '../../src/connection/tls-settings.ts'
import { contextOf, errorOf, localhost, startUpstream } from '../serving.ts'

const mistakeIn = (given: Parameters<typeof readTlsSettings>[0]) => () => readTlsSettings(given)

describe('versions', () => {
  test('are TLS 1.2 and 1.3 by default', () => {
    expect(readTlsSettings({}).context).toEqual({ minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3' })
  })

  test.each(['v1.0', 'v1.1'])('%s is refused by its clause (RFC 8996)', (minTlsVersion) => {
    expect(mistakeIn({ minTlsVersion })).toThrow('RFC 8996')
  })

  test("one that is none is refused: 'TLSv1.2' is Node's word", () => {
    expect(mistakeIn({ maxTlsVersion: 'TLSv1.2' })).toThrow('Use one of `v1.2`, `v1.3`')
  })

  test('the other way round are refused', () => {
    expect(mistakeIn({ minTlsVersion: 'v1.3', maxTlsVersion: 'v1.2' })).toThrow('lower than `minTlsVersion`')
  })

  test('are spoken, and no others', async () => {
    const upstream = await startUpstream(localhost)
    const protocolOf = async (options: object) => (await contextOf(options).connect(upstream.target)).getProtocol()
    expect(await protocolOf({ maxTlsVersion: 'v1.2' })).toBe('TLSv1.2')
    expect(await protocolOf({ minTlsVersion: 'v1.3' })).toBe('TLSv1.3')
  })
})

describe('cipherSuites', () => {
  test('of TLS 1.2 leave those of TLS 1.3 as they are: Node by itself would speak no TLS 1.3', async () => {
    const upstream = await startUpstream(localhost)
    const context = contextOf({ cipherSuites: ['ECDHE-ECDSA-AES128-GCM-SHA256'] })
    expect((await context.connect(upstream.target)).getProtocol()).toBe('TLSv1.3')
    const old = await startUpstream(localhost, { maxVersion: 'TLSv1.2' })
    expect((await context.connect(old.target)).getCipher().name).toBe('ECDHE-ECDSA-AES128-GCM-SHA256')
  })

  test('are taken at their word: a server without one of them is not talked to', async () => {
    const upstream = await startUpstream(localhost, { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' })
    const context = contextOf({ cipherSuites: ['ECDHE-ECDSA-AES128-GCM-SHA256'] })
    expect((await errorOf(context.connect(upstream.target))).code).toMatch(/^ERR_SSL_.*HANDSHAKE_FAILURE$/)
  })

  test('refuse groups of BoringSSL, with what to write instead', () => {
    expect(mistakeIn({ cipherSuites: ['[ECDHE-ECDSA-AES128-GCM-SHA256|ECDHE-ECDSA-CHACHA20-POLY1305]'] })).toThrow(
      'Name each by itself',
    )
  })

  test.each(['HIGH', '!aNULL', 'ALL:@SECLEVEL=0', 'TLS_NONE', 'aes128-sha:eNULL'])('refuse %s', (suite) => {
    expect(mistakeIn({ cipherSuites: [suite] })).toThrow('is no cipher suite of OpenSSL')
  })

  test('that have no effect are refused', () => {
    const [of12, of13] = [['ECDHE-ECDSA-AES128-GCM-SHA256'], ['TLS_AES_128_GCM_SHA256']]
    expect(mistakeIn({ cipherSuites: of12, minTlsVersion: 'v1.3' })).toThrow('are all for TLS 1.2')
    expect(mistakeIn({ cipherSuites: of13, maxTlsVersion: 'v1.2' })).toThrow('are all for TLS 1.3')
    expect(readTlsSettings({ cipherSuites: of13, minTlsVersion: 'v1.3' }).context.ciphers).toBe(of13[0])
  })
})

describe('ecdhCurves', () => {
  test('are offered, and no others', async () => {
    const upstream = await startUpstream(localhost, { ecdhCurve: 'P-384' })
    await contextOf({ ecdhCurves: ['X25519', 'P-384'] }).connect(upstream.target)
    await errorOf(contextOf({ ecdhCurves: ['X25519'] }).connect(upstream.target))
  })

  test.each(['P-1', 'auto', 'X25519:P-256'])('refuse %s', (curve) => {
    expect(mistakeIn({ ecdhCurves: [curve] })).toThrow('is no group of this OpenSSL')
  })
})

describe('alpnProtocols', () => {
  test("are TLSContext's text, or an array (RFC 7301 3.1)", () => {
    expect(readTlsSettings({ alpnProtocols: 'h2, http/1.1' }).alpnProtocols).toEqual(['h2', 'http/1.1'])
    expect(readTlsSettings({ alpnProtocols: ['h2'] }).alpnProtocols).toEqual(['h2'])
    expect(readTlsSettings({}).alpnProtocols).toBeNull()
  })

  test.each(['h2,', '', [], [''], ['x'.repeat(256)], ['h2 http/1.1'], 5])('refuse %j', (alpnProtocols) => {
    expect(mistakeIn({ alpnProtocols })).toThrow('alpnProtocols')
  })

  test('of 255 octets are taken', () => {
    expect(readTlsSettings({ alpnProtocols: ['x'.repeat(255)] }).alpnProtocols).toHaveLength(1)
  })
})
