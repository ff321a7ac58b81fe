/** Reading the option `revocation.fetch`. */
import { X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { type AddressRanges, readAddressRanges } from '../../address-ranges.ts'
import { readArray, readFunction, readInteger, readObject, readString } from '../../configuration.ts'
import { ConfigurationError, shown } from '../../configuration-error.ts'
import { readCertificates } from '../../trust/read-certificates.ts'
import { type HostList, readHostList } from './host-list.ts'
import type { HttpProxy } from './proxy.ts'
import { type Lookup, systemLookup } from './resolve.ts'
import type { FetchSettings } from './settings.ts'

/** From where revocation data may be fetched, and how much of it. */
export interface FetchOptions {
  /**
   * Required where certificates say what is fetched. Host names, exactly, that they may point at; or `'any-public'`, every host at public addresses. The latter lets whoever can issue a certificate under
   * your anchors have this process request any URL on the Internet.
   */
  readonly hosts?: readonly string[] | 'any-public'
  /** Addresses and CIDR ranges that may be connected to though they are private, local or reserved. Default none. */
  readonly addresses?: readonly string[]
  /** Ports beside 80 and 443. Default none. */
  readonly ports?: readonly number[]
  /** For one fetch as a whole, redirects included, in milliseconds, 100 to 120,000. Default 30,000. */
  readonly timeoutMs?: number
  /** Largest CRL, in bytes, 1,024 to 134,217,728. Default 16 MiB. */
  readonly maxCrlBytes?: number
  /** Largest OCSP response, in bytes, 1,024 to 134,217,728. Default 64 KiB. */
  readonly maxOcspBytes?: number
  /** Proxies, each as `http://HOST:PORT`, for either scheme of URL. They demand a list of `hosts`. Default none; the environment's are not read. */
  readonly proxy?: { readonly http?: string; readonly https?: string }
  /** Whom the servers of https URLs may have their certificates from, in PEM. Default Node's own authorities. */
  readonly tls?: { readonly ca: string | Uint8Array }
  /** Resolves host names. Default the system's resolver. */
  readonly lookup?: Lookup
}

/** What is read out of the options; the clock and the signal are the authenticator's. */
export interface ResolvedFetch {
  readonly settings: Omit<FetchSettings, 'clock' | 'signal'>
  readonly maxCrlBytes: number
  readonly maxOcspBytes: number
}

/** Kong's `http_timeout`. */
export const DEFAULT_FETCH_TIMEOUT_MS = 30_000

/** The largest that public authorities publish have 10 MB. */
export const DEFAULT_MAX_CRL_BYTES = 16 * 1024 * 1024

/** One answer with the certificate of its responder has 2 kB, with a post-quantum signature or two 20. */
export const DEFAULT_MAX_OCSP_BYTES = 64 * 1024

/** As for CRLs at hand, see `MAX_CRL_BYTES`. */
const MAX_FETCHED_BYTES = 128 * 1024 * 1024

const USUAL_PORTS = [80, 443]

const KEYS = [
  'hosts',
  'addresses',
  'ports',
  'timeoutMs',
  'maxCrlBytes',
  'maxOcspBytes',
  'proxy',
  'tls',
  'lookup',
] as const

/** Hosts that other options name by URL, and whether nobody else has to be. */
export interface NamedHosts {
  readonly hosts: readonly string[]
  readonly areEnough: boolean
}

/** @throws {ConfigurationError} */
export function readFetchOptions(value: unknown, option: string, named: NamedHosts): ResolvedFetch {
  const given = readObject(value, option, KEYS)
  if (!('hosts' in given) && !named.areEnough) {
    const fix = "List the hosts that certificates may point at, or say 'any-public'."
    throw new ConfigurationError('ERR_CONFIG_MISSING', `${option}.hosts`, 'is missing', fix)
  }
  const listed = 'hosts' in given ? readHostList(given.hosts, `${option}.hosts`) : new Set<string>()
  const hosts = listed === 'any-public' ? listed : new Set([...listed, ...named.hosts])
  const integer = (key: 'timeoutMs' | 'maxCrlBytes' | 'maxOcspBytes', usual: number, least: number, most: number) =>
    key in given ? readInteger(given[key], `${option}.${key}`, least, most) : usual
  return Object.freeze({
    settings: Object.freeze({
      hosts,
      addresses: 'addresses' in given ? readAddresses(given.addresses, `${option}.addresses`) : null,
      ports: new Set([...USUAL_PORTS, ...('ports' in given ? readPorts(given.ports, `${option}.ports`) : [])]),
      timeoutMs: integer('timeoutMs', DEFAULT_FETCH_TIMEOUT_MS, 100, 120_000),
      proxy: 'proxy' in given ? readProxies(given.proxy, `${option}.proxy`, hosts) : { http: null, https: null },
      tls: createSecureContext({
        minVersion: 'TLSv1.2', // RFC 8996: the older ones are no more
        ...('tls' in given ? { ca: readAuthorities(given.tls, `${option}.tls`) } : {}),
      }),
      lookup: 'lookup' in given ? readFunction<Lookup>(given.lookup, `${option}.lookup`) : systemLookup,
    }),
    maxCrlBytes: integer('maxCrlBytes', DEFAULT_MAX_CRL_BYTES, 1_024, MAX_FETCHED_BYTES),
    maxOcspBytes: integer('maxOcspBytes', DEFAULT_MAX_OCSP_BYTES, 1_024, MAX_FETCHED_BYTES),
  })
}

const readAddresses = (value: unknown, option: string): AddressRanges => readAddressRanges(value, option).ranges

const readPorts = (value: unknown, option: string): readonly number[] =>
  readArray(value, option).map((port, index) => readInteger(port, `${option}[${index}]`, 1, 65_535))

function readProxies(value: unknown, option: string, hosts: HostList): FetchSettings['proxy'] {
  const given = readObject(value, option, ['http', 'https'])
  if (!('http' in given) && !('https' in given)) {
    const fix = "Give the proxy of `http` URLs, of `https` URLs, or both: { http: 'http://proxy.internal:3128' }."
    throw new ConfigurationError('ERR_CONFIG_MISSING', option, 'names no proxy', fix)
  }
  if (hosts === 'any-public') {
    const fix = 'List the hosts: a proxy resolves names by itself, so whether an address is public cannot be checked.'
    throw new ConfigurationError('ERR_CONFIG_VALUE', option, "cannot go with hosts: 'any-public'", fix)
  }
  return {
    http: 'http' in given ? readProxy(given.http, `${option}.http`) : null,
    https: 'https' in given ? readProxy(given.https, `${option}.https`) : null,
  }
}

/** Nothing but a scheme, a host and a port: what else stood there would be passed over. The port is never left to a default that nobody knows. */
const PROXY_FORM = /^http:\/\/(\[[\d:a-f.]+\]|[^\s/?#@:\\[\]]+):(\d{1,5})\/?$/i

function readProxy(value: unknown, option: string): HttpProxy {
  // A URL with userinfo in it is a password.
  const text = readString(value, option, 'secret')
  const [, host = '', port = ''] = PROXY_FORM.exec(text) ?? []
  if (host === '') {
    const problem = text.includes('@') ? 'has userinfo in it' : `is ${shown(text)}`
    const fix = 'Give http://HOST:PORT, for https URLs too: they go through it by CONNECT.'
    throw new ConfigurationError('ERR_CONFIG_VALUE', option, problem, fix)
  }
  return { host: host.replace(/^\[|\]$/g, ''), port: readInteger(Number(port), option, 1, 65_535) }
}

/** In Node's own form. Of a text with anything between its blocks Node would read a part, and say nothing; that is refused. */
function readAuthorities(value: unknown, option: string): string[] {
  const { ca } = readObject(value, option, ['ca'])
  const at = `${option}.ca`
  const octets = ca instanceof Uint8Array ? ca : Buffer.from(readString(ca, at), 'utf8')
  return readCertificates(octets, at, at).map(({ der, origin }) => {
    try {
      return new X509Certificate(der).toString()
    } catch (cause) {
      const fix = '`openssl x509 -in FILE -noout -text` shows what a file holds.'
      throw new ConfigurationError('ERR_CONFIG_TRUST_MALFORMED', at, `${origin} is no certificate`, fix, cause)
    }
  })
}
