/** TLSContext's fields about the protocol, in TypeScript names. */
import { createSecureContext, getCiphers, type SecureContextOptions } from 'node:tls'
import { ConfigurationError, readArray, readString, readWord, shown } from '@clientcert/core'

export const TLS_OPTION_NAMES = [
  'alpnProtocols',
  'minTlsVersion',
  'maxTlsVersion',
  'cipherSuites',
  'ecdhCurves',
] as const

/** As TLSContext names them. */
export type TlsVersion = 'v1.2' | 'v1.3'

export interface ProtocolOptions {
  /** What is offered by ALPN (RFC 7301): TLSContext's `h2, http/1.1`, or an array. Default: what each client speaks. */
  readonly alpnProtocols?: string | readonly string[]
  /** Default {@link DEFAULT_MIN_TLS_VERSION}. */
  readonly minTlsVersion?: TlsVersion
  /** Default `'v1.3'`. */
  readonly maxTlsVersion?: TlsVersion
  /** OpenSSL's names. Those of TLS 1.3 keep their default where none of them is among these, as with Envoy. Default: Node's. */
  readonly cipherSuites?: readonly string[]
  /** OpenSSL's names, such as `X25519` and `P-256`, preferred ones first. Default: Node's. */
  readonly ecdhCurves?: readonly string[]
}

/** TLS 1.0 and 1.1 must not be used (RFC 8996). */
export const DEFAULT_MIN_TLS_VERSION: TlsVersion = 'v1.2'

export interface TlsSettings {
  readonly alpnProtocols: readonly string[] | null
  /** Of every context that is made. */
  readonly context: Pick<SecureContextOptions, 'minVersion' | 'maxVersion' | 'ciphers' | 'ecdhCurve'>
}

/** What Node has by default: given TLS 1.2's alone, it would silently speak no TLS 1.3. */
const TLS13_SUITES = ['TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256', 'TLS_AES_128_GCM_SHA256']

const VERSIONS = { 'v1.2': 'TLSv1.2', 'v1.3': 'TLSv1.3' } as const

type GivenTls = { readonly [Name in (typeof TLS_OPTION_NAMES)[number]]?: unknown }

/** @throws {ConfigurationError} Also for what this version of OpenSSL does not know. */
export function readTlsSettings(given: GivenTls): TlsSettings {
  const least = 'minTlsVersion' in given ? readVersion(given.minTlsVersion, 'minTlsVersion') : DEFAULT_MIN_TLS_VERSION
  const most = 'maxTlsVersion' in given ? readVersion(given.maxTlsVersion, 'maxTlsVersion') : 'v1.3'
  if (least === 'v1.3' && most === 'v1.2') {
    const fix = 'Leave out `maxTlsVersion`, whose default is the newest.'
    throw new ConfigurationError('ERR_CONFIG_VALUE', 'maxTlsVersion', 'is lower than `minTlsVersion`', fix)
  }
  const context = Object.freeze({
    minVersion: VERSIONS[least],
    maxVersion: VERSIONS[most],
    ...('cipherSuites' in given ? { ciphers: readCipherSuites(given.cipherSuites, least, most) } : {}),
    ...('ecdhCurves' in given ? { ecdhCurve: readCurves(given.ecdhCurves) } : {}),
  })
  return Object.freeze({
    alpnProtocols: 'alpnProtocols' in given ? readAlpnProtocols(given.alpnProtocols, 'alpnProtocols') : null,
    context,
  })
}

function readVersion(value: unknown, option: string): TlsVersion {
  if (value === 'v1.0' || value === 'v1.1') {
    const fix = "Leave it out, or use 'v1.2' or 'v1.3': RFC 8996 forbids what is older."
    throw new ConfigurationError('ERR_CONFIG_VALUE', option, `is ${shown(value)}`, fix)
  }
  return readWord(value, option, ['v1.2', 'v1.3'])
}

/**
 * Reads names of protocols, each of 1 to 255 octets (RFC 7301 3.1).
 *
 * @param value - An array, or TLSContext's text with commas.
 */
export function readAlpnProtocols(value: unknown, option: string): readonly string[] {
  const listed = typeof value === 'string' ? value.split(',').map((name) => name.trim()) : readArray(value, option)
  return Object.freeze(
    listed.map((name, index) => {
      const path = typeof value === 'string' ? option : `${option}[${index}]`
      const protocol = readString(name, path)
      if (/^[!-~]{1,255}$/.test(protocol)) return protocol
      const fix = "Give names such as 'h2' and 'http/1.1'."
      throw new ConfigurationError('ERR_CONFIG_VALUE', path, `${shown(name)} is no protocol`, fix)
    }),
  )
}

function readCipherSuites(value: unknown, least: TlsVersion, most: TlsVersion): string {
  const known = new Set(getCiphers().map((name) => name.toUpperCase()))
  const suites = readArray(value, 'cipherSuites').map((name, index) => {
    const option = `cipherSuites[${index}]`
    const suite = readString(name, option)
    if (known.has(suite.toUpperCase())) return suite.toUpperCase()
    const fix = /[[\]|]/.test(suite)
      ? "Name each by itself, preferred ones first: groups such as '[A|B]' are BoringSSL's, and OpenSSL has none."
      : 'Give one of the names of `tls.getCiphers()`. Whole classes, such as HIGH, are not taken.'
    throw new ConfigurationError('ERR_CONFIG_VALUE', option, `${shown(suite)} is no cipher suite of OpenSSL`, fix)
  })
  const isOfTls13 = suites.map((suite) => suite.startsWith('TLS_'))
  if (least === 'v1.3' && !isOfTls13.includes(true)) {
    throw withoutEffect('are all for TLS 1.2, beside `minTlsVersion: "v1.3"`')
  }
  if (most === 'v1.2' && !isOfTls13.includes(false)) {
    throw withoutEffect('are all for TLS 1.3, beside `maxTlsVersion: "v1.2"`')
  }
  return [...(most === 'v1.3' && !isOfTls13.includes(true) ? TLS13_SUITES : []), ...suites].join(':')
}

const withoutEffect = (problem: string): ConfigurationError =>
  new ConfigurationError('ERR_CONFIG_VALUE', 'cipherSuites', problem, 'Leave one of the two out.')

function readCurves(value: unknown): string {
  const curves = readArray(value, 'ecdhCurves').map((name, index) => {
    const option = `ecdhCurves[${index}]`
    const curve = readString(name, option)
    try {
      createSecureContext({ ecdhCurve: curve })
      if (/^[\w-]+$/.test(curve) && curve !== 'auto') return curve
    } catch {}
    const fix = "Give names such as 'X25519' and 'P-256', each by itself."
    throw new ConfigurationError('ERR_CONFIG_VALUE', option, `${shown(curve)} is no group of this OpenSSL`, fix)
  })
  return curves.join(':')
}
