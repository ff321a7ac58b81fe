/**
 * What real proxies sent, with the public part of the PKI that it was made with: too large and not ours to keep, so read where it stands, beside this
 * checkout. Where it does not stand there, there are no captures, and whoever asks for them says so.
 */
import { X509Certificate } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import type { HeaderFormat, HeaderLines } from '../../src/headers/header-format.ts'
import { createFormat, type ProxyName } from '../../src/headers/registry.ts'

const FOLDER = new URL('../../../../../shared/captures/', import.meta.url)

export const ABSENT = 'the captured headers are not beside this checkout (../shared/captures)'
export const areCapturesHere = existsSync(FOLDER)

/** The clock by which the certificates are to be judged. */
export const CAPTURE_CLOCK = new Date('2026-11-20T21:00:00Z')

/** The proxies in front of which requests were captured. */
export const CAPTURED_PROXIES = ['nginx', 'haproxy', 'apache', 'caddy', 'lighttpd'] as const
export type CapturedProxy = (typeof CAPTURED_PROXIES)[number]

const BEFORE_RESUMPTION = ', before it was resumed'
const SECOND_REQUEST = ', second request'

interface Capture {
  readonly case: string
  readonly variant: string
  /** Node's `rawHeaders`; absent where the proxy itself answered, or where what it sent is no HTTP. */
  readonly headers?: readonly string[]
  /** Of the full handshake before a session was resumed. */
  readonly firstHeaders?: readonly string[]
  /** A second request on the same connection, with spoofed headers. */
  readonly second?: { readonly headers?: readonly string[] }
  readonly upstreamClientError?: { readonly rawPacket: string }
}

/** One request that an application got, or did not get. */
export interface CapturedRequest {
  readonly proxy: CapturedProxy
  readonly variant: string
  readonly case: string
  /** The case, and which of its requests. */
  readonly name: string
  readonly title: string
  /** `rawHeaders`; null where the proxy answered by itself. */
  readonly headers: readonly string[] | null
  /** What Node could not read as HTTP; null elsewhere. */
  readonly rawPacket: string | null
}

/** Which format a variant was configured to write, and under which names. */
interface Reading {
  readonly proxy: ProxyName
  readonly headers?: Readonly<Record<string, string>>
}

/** lighttpd has no row of its own: what its script writes has the shape of nginx's. */
export const READINGS: Readonly<Record<CapturedProxy, Readonly<Record<string, Reading>>>> = {
  nginx: {
    'ingress-on': { proxy: 'nginx' },
    'ingress-optional': { proxy: 'nginx' },
    'ingress-optional_no_ca': { proxy: 'nginx' },
    'misconfig-inheritance': { proxy: 'nginx' },
    'deprecated-ssl_client_cert': { proxy: 'nginx' },
  },
  haproxy: {
    'f1-optional-ignore': { proxy: 'haproxy' },
    'f4-addheader': { proxy: 'haproxy' },
    'f7-rfc9440': { proxy: 'rfc9440' },
    'f8-rfc9440-uncond': { proxy: 'rfc9440' },
  },
  apache: {
    'std-optional_no_ca': { proxy: 'apache' },
    'env-style': { proxy: 'apache' },
    'expr-escape': { proxy: 'apache', headers: { certificate: 'ssl-client-cert', verdict: 'ssl-client-verify' } },
    rfc9440: { proxy: 'rfc9440' },
  },
  caddy: {
    require: { proxy: 'caddy' },
    verify_if_given: { proxy: 'caddy' },
    pem: { proxy: 'caddy', headers: { certificate: 'ssl-client-cert' } },
    rfc9440: { proxy: 'rfc9440' },
  },
  lighttpd: { magnet: { proxy: 'nginx' } },
}

/** How what a request carries is read. */
export function readingOf({ proxy, variant }: CapturedRequest): Reading {
  const reading = READINGS[proxy][variant]
  if (!reading) throw new Error(`no reading for the variant ${variant} of ${proxy}`)
  return reading
}

export function formatOf(request: CapturedRequest): HeaderFormat {
  const { proxy, ...options } = readingOf(request)
  return createFormat(proxy, options)
}

const capturesOf = (proxy: CapturedProxy): readonly Capture[] =>
  areCapturesHere ? (JSON.parse(readFileSync(new URL(`${proxy}.json`, FOLDER), 'utf8')) as readonly Capture[]) : []

/** How many captures there are of a proxy; each holds one request or two. */
export const captureCount = (proxy: CapturedProxy): number => capturesOf(proxy).length

/** Every request of every capture of a proxy. */
export const requestsOf = (proxy: CapturedProxy): readonly CapturedRequest[] =>
  capturesOf(proxy).flatMap((capture) => {
    const { variant, case: name, headers = null, firstHeaders, second, upstreamClientError } = capture
    const requestWith = (lines: readonly string[] | null, which: string): CapturedRequest => ({
      proxy,
      variant,
      case: name,
      name: `${name}${which}`,
      title: `${proxy} ${variant}, ${name}${which}`,
      headers: lines,
      rawPacket: lines === null ? (upstreamClientError?.rawPacket ?? null) : null,
    })
    return [
      requestWith(headers, ''),
      ...(firstHeaders ? [requestWith(firstHeaders, BEFORE_RESUMPTION)] : []),
      ...(second ? [requestWith(second.headers ?? null, SECOND_REQUEST)] : []),
    ]
  })

/** The headers that a format asserts, as lines, by the name in lower case. */
export function assertedLines({ headers }: CapturedRequest, { assertedHeaders }: HeaderFormat): HeaderLines {
  const lines = new Map<string, string[]>()
  for (let index = 0; headers && index < headers.length; index += 2) {
    const name = headers[index]?.toLowerCase() ?? ''
    if (assertedHeaders.includes(name)) lines.set(name, [...(lines.get(name) ?? []), headers[index + 1] ?? ''])
  }
  return lines
}

/** Whether the client of a case had no certificate. */
export const isWithoutCertificate = ({ case: name }: CapturedRequest): boolean => name.endsWith('nocert')

/** The certificate that the client of a case had; those cases that are no name of a file were made with `valid`. */
export function certificateOf({ case: name }: CapturedRequest): string {
  const file = existsSync(new URL(`pki/${name}.pem`, FOLDER)) ? name : name.endsWith('-wrongca') ? 'wrongca' : 'valid'
  return new X509Certificate(pkiPem(file)).raw.toString('base64')
}

/** A file of the PKI. */
export const pkiPem = (file: string): string => readFileSync(new URL(`pki/${file}.pem`, FOLDER), 'utf8')

/** Which authorities of the PKI a client may have sent behind its certificate. */
export const authorities = (): ReadonlySet<string> =>
  new Set(
    ['root', 'root2', 'otherroot', 'forgedroot', 'int1', 'int2'].map((file) =>
      new X509Certificate(pkiPem(file)).raw.toString('base64'),
    ),
  )
