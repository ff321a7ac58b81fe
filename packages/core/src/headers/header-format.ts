import type { CertificateDer } from '../encoding/certificate-der.ts'
import { MAX_CERTIFICATE_BYTES } from '../encoding/certificate-der.ts'
import { type EncodingFailure, encodingFailure } from '../encoding/failures.ts'
import { type Refused, type Result, refused } from '../result.ts'
import type { HeadersFailure } from './failures.ts'
import type { ProxyVerdict } from './verdict.ts'

export type HeaderTextFailure = EncodingFailure | HeadersFailure

/** The end entity, then whatever the proxy forwards with it. Nothing is verified. */
export type ForwardedCertificates = readonly [CertificateDer, ...CertificateDer[]]

/** Values of header lines, by the name in lower case, in the order of the request. Untrusted. */
export type HeaderLines = ReadonlyMap<string, readonly string[]>

/** A certificate that headers assert, not decoded yet. */
export interface AssertedCertificate {
  /**
   * All text on which the outcome of `decode` depends: the same text is the same certificates. Near its end is what nobody but an issuer chooses, the
   * signature of the end entity, for whoever looks it up by a slice of it.
   */
  readonly text: string
  readonly decode: () => Result<ForwardedCertificates, HeaderTextFailure>
}

/** What the headers of a proxy say. */
export interface Assertion {
  /** Null where the proxy forwards none. */
  readonly certificate: AssertedCertificate | null
  /** Null where the proxy says nothing of one. A failure counts only where the verdict is asked for: see `onProxyVerdict`. */
  readonly verdict: Result<ProxyVerdict, HeadersFailure> | null
}

/** What is forwarded of a client by a proxy that we are. Every text is printable ASCII. */
export interface ForwardedClient {
  /** DER: the end entity, then its issuers without the anchor. */
  readonly certificates: readonly [Uint8Array, ...Uint8Array[]]
  /** Null for a client that was verified; else why not, in the words of OpenSSL's `X509_verify_cert_error_string`, or others. */
  readonly failedFor: string | null
  /** RFC 2253, as OpenSSL writes it with `-nameopt RFC2253`. */
  readonly subject: string
  readonly issuer: string
  /** Upper-case hexadecimal. */
  readonly serialNumber: string
  /** SHA-256 of the end entity, lower-case hexadecimal. */
  readonly fingerprint: string
  readonly notBefore: Date
  readonly notAfter: Date
  readonly uris: readonly string[]
  readonly dnsNames: readonly string[]
}

/** The headers of one proxy under the names that they have here. */
export interface HeaderFormat {
  /** The proxy's name, for messages. */
  readonly proxy: string
  /** The header with the end entity, in lower case: named in messages and in `Vary`. */
  readonly certificateHeader: string
  /** The header with the proxy's verdict, in lower case, for messages; null for a proxy that states none. */
  readonly verdictHeader: string | null
  /** The others that the verdict is read from, in lower case, for messages. Default: none. */
  readonly otherVerdictHeaders?: readonly string[]
  /**
   * Whether a certificate without a verdict is a contradiction: where a client can delete the verdict, its absence must not pass for success
   * (measured with Apache: `Connection: ssl_client_verify`).
   */
  readonly withoutVerdict: 'believed' | 'contradiction'
  /**
   * Every header that the proxy asserts, in lower case: all are removed from the request once read. Each may come once. One that stands here twice has two
   * meanings, and whoever reads names out of options refuses it.
   */
  readonly assertedHeaders: readonly string[]
  /** Those of them that may come in several lines, being lists (RFC 9110 5.3). */
  readonly listHeaders: ReadonlySet<string>
  /** What to change in the proxy when it reports a certificate and forwards none; of no help where there is one. */
  readonly missingCertificateHint: string
  /** Reads what the headers say. Looks at lengths before anything else; decodes no certificate. */
  readonly read: (lines: HeaderLines) => Result<Assertion, HeaderTextFailure>
  /** The headers that the proxy would send for a client; null for one without a certificate. */
  readonly encode: (client: ForwardedClient | null) => Readonly<Record<string, string>>
}

/** What only some formats have to be told. */
export interface FormatSettings {
  /** How many proxies that are trusted add an element to the list, which has to have exactly as many; the client's is the first. From 1 to 16. */
  readonly trustedHops: number
}

export const DEFAULT_SETTINGS: FormatSettings = { trustedHops: 1 }

/** One row of the registry: everything that is known of one proxy. */
export interface FormatDefinition<
  Role extends string = string,
  Setting extends keyof FormatSettings = keyof FormatSettings,
> {
  /** Where the vendor says what the headers hold. */
  readonly vendorPage: string
  /** The names of its headers, by what they are for. */
  readonly headers: Readonly<Record<Role, string>>
  /** Which settings it takes; a setting that it does not take is refused. */
  readonly settings: readonly Setting[]
  /** @param names - Of its headers, in lower case, all different. */
  readonly create: (names: Readonly<Record<Role, string>>, settings: FormatSettings) => HeaderFormat
}

/** States a row with its roles and settings, which the registry needs to know by name. */
export const defineFormat = <Role extends string, Setting extends keyof FormatSettings = never>(
  definition: FormatDefinition<Role, Setting>,
): FormatDefinition<Role, Setting> => definition

/** Longest text of one certificate that is decoded, in characters: one at its limit, as base64 with every fifth character escaped. */
export const MAX_CERTIFICATE_CHARACTERS = MAX_CERTIFICATE_BYTES * 2

/** Longest text of a chain: Node takes 16,384 characters of headers in all unless told otherwise. */
export const MAX_CHAIN_CHARACTERS = MAX_CERTIFICATE_CHARACTERS * 2

/** Most certificates of a chain that are decoded. 16 kB of commas took a lenient parser 80 ms (client-certificate-auth #221). */
export const MAX_CHAIN_ENTRIES = 64

/** Refuses text that is too long, before anything looks at it. */
export function checkLength(text: string, limit: number): Refused<EncodingFailure> | undefined {
  const present = text.length
  if (present <= limit) return undefined
  return refused(encodingFailure('ERR_ENCODING_TOO_LARGE', { limit, present, unit: 'characters' }))
}

/** The one value of a header that may come once; undefined where it is not there. */
export const lineOf = (lines: HeaderLines, header: string): string | undefined => lines.get(header)?.[0]
