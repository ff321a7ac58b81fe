/** The ways in which certificates stand in a header, whatever the proxy. Each bounds its input before it looks at it. */
import { decodeBase64 } from '../encoding/base64.ts'
import { type CertificateDer, certificateDerFrom } from '../encoding/certificate-der.ts'
import { cursorOver, DerError, isAtEnd, read, TAG } from '../encoding/der.ts'
import { type EncodingFailure, encodingFailure } from '../encoding/failures.ts'
import { decodePem } from '../encoding/pem.ts'
import { decodePercent } from '../encoding/percent.ts'
import { ok, type Refused, type Result, refused } from '../result.ts'
import { headersFailure } from './failures.ts'
import {
  checkLength,
  type ForwardedCertificates,
  type HeaderTextFailure,
  MAX_CERTIFICATE_CHARACTERS,
  MAX_CHAIN_CHARACTERS,
  MAX_CHAIN_ENTRIES,
} from './header-format.ts'

/** How many certificates the text may hold: a proxy that forwards the end entity alone never sends two. */
export type Expected = 'one' | 'one-or-more'

const checkExpectedLength = (text: string, expected: Expected): Refused<EncodingFailure> | undefined =>
  checkLength(text, expected === 'one' ? MAX_CERTIFICATE_CHARACTERS : MAX_CHAIN_CHARACTERS)

const PEM_LIMITS = { maxBlocks: MAX_CHAIN_ENTRIES, explanatoryText: 'refuse' } as const

/** Decodes PEM that is percent-encoded (RFC 3986 2.1). `+` is base64 and never a space. */
export function decodePercentPem(
  text: string,
  expected: Expected,
  proxy: string,
): Result<ForwardedCertificates, HeaderTextFailure> {
  const tooLong = checkExpectedLength(text, expected)
  if (tooLong) return tooLong
  const pem = decodePercent(text)
  return pem.ok ? decodePemText(pem.value, expected, proxy) : pem
}

/** Decodes PEM in one line or several, as a proxy has it that turns newlines into spaces. */
export function decodePemText(
  text: string,
  expected: Expected,
  proxy: string,
): Result<ForwardedCertificates, HeaderTextFailure> {
  const tooLong = checkExpectedLength(text, expected)
  if (tooLong) return tooLong
  // Of a proxy that sends one, blocks are counted and not limited: the characters are, and however many there are too many, the proxy is at fault.
  const limits = expected === 'one' ? { ...PEM_LIMITS, maxBlocks: Number.POSITIVE_INFINITY } : PEM_LIMITS
  const certificates = decodePem(text, limits)
  if (!certificates.ok) return certificates
  const present = certificates.value.length
  if (expected === 'one-or-more' || present === 1) return certificates
  return refused(headersFailure('ERR_HEADERS_CERTIFICATE_COUNT', { proxy, present, expected: 1 }))
}

/** Decodes one certificate in base64 (RFC 4648 section 4), without markers and line breaks. */
export function decodeBase64Der(text: string): Result<CertificateDer, EncodingFailure> {
  const tooLong = checkLength(text, MAX_CERTIFICATE_CHARACTERS)
  if (tooLong) return tooLong
  const octets = decodeBase64(text)
  return octets.ok ? ok(certificateDerFrom(octets.value)) : octets
}

/** Decodes one certificate in base64 that nothing comes with. */
export function decodeBase64EndEntity(text: string): Result<ForwardedCertificates, EncodingFailure> {
  const endEntity = decodeBase64Der(text)
  return endEntity.ok ? ok([endEntity.value]) : endEntity
}

/** Takes certificates apart that stand one behind the other in DER: by the lengths of their outermost elements, which is all that is read. */
export function splitDer(octets: Uint8Array, proxy: string): Result<ForwardedCertificates, HeaderTextFailure> {
  const certificates: CertificateDer[] = []
  const cursor = cursorOver(octets)
  try {
    while (!isAtEnd(cursor)) {
      if (certificates.length === MAX_CHAIN_ENTRIES) {
        const limit = MAX_CHAIN_ENTRIES
        return refused(encodingFailure('ERR_ENCODING_TOO_LARGE', { limit, present: limit + 1, unit: 'certificates' }))
      }
      const { start, end } = read(cursor, TAG.sequence)
      certificates.push(certificateDerFrom(octets.subarray(start, end)))
    }
  } catch (error) {
    if (!(error instanceof DerError)) throw error
    const { offset, reason } = error
    return refused(
      headersFailure('ERR_HEADERS_SYNTAX', { proxy, what: 'the sequence of certificates', offset, reason }),
    )
  }
  const [first, ...rest] = certificates
  if (first) return ok([first, ...rest])
  return refused(headersFailure('ERR_HEADERS_CERTIFICATE_COUNT', { proxy, present: 0, expected: 1 }))
}
