/** The ways in which a proxy of one's own may write certificates. */
import { decodeBase64 } from '../encoding/base64.ts'
import { type CertificateDer, certificateDerFrom } from '../encoding/certificate-der.ts'
import { type EncodingFailure, encodingFailure } from '../encoding/failures.ts'
import { encodePem } from '../encoding/pem.ts'
import { encodePercent } from '../encoding/percent.ts'
import { ok, type Refused, type Result, refused } from '../result.ts'
import { decodeBase64Der, decodePemText, decodePercentPem, type Expected, splitDer } from './certificate-text.ts'
import { type ForwardedCertificates, type HeaderTextFailure, MAX_CHAIN_ENTRIES } from './header-format.ts'
import { decodeByteSequence, decodeByteSequences, encodeByteSequences } from './structured-field.ts'

export const CUSTOM_PROXY = 'custom'

export const CUSTOM_ENCODINGS = ['percent-pem', 'pem', 'base64-der', 'base64-pem', 'byte-sequence'] as const

/** How a certificate is written. */
export type CustomEncoding = (typeof CUSTOM_ENCODINGS)[number]

/** Text and certificates, in one encoding. */
interface CustomCodec {
  readonly decode: (
    text: string,
    expected: Expected,
    header: string,
  ) => Result<ForwardedCertificates, HeaderTextFailure>
  readonly encode: (certificates: readonly Uint8Array[]) => string
}

const base64 = (octets: Uint8Array): string => Buffer.from(octets).toString('base64')
const pemOf = (certificates: readonly Uint8Array[]): string => certificates.map(encodePem).join('')

export const CUSTOM_CODECS: Readonly<Record<CustomEncoding, CustomCodec>> = {
  'percent-pem': {
    decode: (text, expected) => decodePercentPem(text, expected, CUSTOM_PROXY),
    encode: (certificates) => encodePercent(pemOf(certificates)),
  },
  pem: {
    decode: (text, expected) => decodePemText(text, expected, CUSTOM_PROXY),
    encode: (certificates) => pemOf(certificates).trimEnd().replaceAll('\n', ' '),
  },
  'base64-der': {
    decode: (text, expected) => (expected === 'one' ? single(decodeBase64Der(text)) : decodeBase64Chain(text)),
    encode: (certificates) => certificates.map(base64).join(','),
  },
  'base64-pem': {
    decode: (text, expected) => {
      const pem = decodeBase64(text)
      return pem.ok ? decodePemText(Buffer.from(pem.value).toString('latin1'), expected, CUSTOM_PROXY) : pem
    },
    encode: (certificates) => Buffer.from(pemOf(certificates)).toString('base64'),
  },
  'byte-sequence': {
    decode: (text, expected, header) => {
      const field = { proxy: CUSTOM_PROXY, header }
      if (expected === 'one') return single(decodeByteSequence(text, field))
      const entries = decodeByteSequences([text], field)
      return entries.ok ? splitEntries(entries.value) : entries
    },
    encode: encodeByteSequences,
  },
}

const single = (octets: Result<Uint8Array, HeaderTextFailure>): Result<ForwardedCertificates, HeaderTextFailure> =>
  octets.ok ? ok([certificateDerFrom(octets.value)]) : octets

/** Each entry may hold several, one behind the other, as HAProxy's `ssl_c_chain_der` does. */
function splitEntries(entries: readonly Uint8Array[]): Result<ForwardedCertificates, HeaderTextFailure> {
  const certificates: CertificateDer[] = []
  for (const entry of entries) {
    const some = splitDer(entry, CUSTOM_PROXY)
    if (!some.ok) return some
    certificates.push(...some.value)
  }
  const [first, ...rest] = certificates
  if (first && certificates.length <= MAX_CHAIN_ENTRIES) return ok([first, ...rest])
  return first ? tooMany(certificates.length) : splitDer(new Uint8Array(0), CUSTOM_PROXY)
}

function decodeBase64Chain(text: string): Result<ForwardedCertificates, HeaderTextFailure> {
  // One more than may be there, and no more, however many commas there are (client-certificate-auth #221).
  const parts = text.split(',', MAX_CHAIN_ENTRIES + 1)
  if (parts.length > MAX_CHAIN_ENTRIES) return tooMany(parts.length)
  const entries: Uint8Array[] = []
  for (const part of parts) {
    const octets = decodeBase64(part)
    if (!octets.ok) return octets
    entries.push(octets.value)
  }
  return splitEntries(entries)
}

const tooMany = (present: number): Refused<EncodingFailure> =>
  refused(encodingFailure('ERR_ENCODING_TOO_LARGE', { limit: MAX_CHAIN_ENTRIES, present, unit: 'certificates' }))
