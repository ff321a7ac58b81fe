import { type Certificate, fingerprintOf, parseCertificate } from '@clientcert/core/x509'

/** A certificate of an answer. */
export interface AnsweredCertificate {
  readonly certificate: Certificate
  /** SHA-256 of the DER, lower-case hexadecimal. */
  readonly fingerprint: string
  /** Written anew: lines of 64, a newline at the end. */
  readonly pem: string
}

const BLOCK = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/g

/** A leaf with its intermediates, or one root with its chain. */
const MAX_BLOCKS = 10

/**
 * Parses the certificates of one field (RFC 7468). Nothing but certificates may stand in it, so that nothing is passed over.
 *
 * @returns At least one, in the order of the text; a text says what is wrong.
 */
export function parsePemCertificates(text: string): readonly [AnsweredCertificate, ...AnsweredCertificate[]] | string {
  if (text.replace(BLOCK, '').trim() !== '') return 'it holds something that is no certificate'
  const blocks = [...text.matchAll(BLOCK)]
  if (blocks.length > MAX_BLOCKS) return `it holds ${blocks.length} certificates, at most ${MAX_BLOCKS}`
  const parsed: AnsweredCertificate[] = []
  for (const [, base64 = ''] of blocks) {
    const packed = base64.replace(/\s/g, '')
    const der = Buffer.from(packed, 'base64')
    if (der.toString('base64') !== packed) return 'a certificate in it is no base64'
    const result = parseCertificate(new Uint8Array(der))
    if (!result.ok) return `a certificate in it cannot be read: ${result.failure.message}`
    parsed.push({ certificate: result.value, fingerprint: fingerprintOf(result.value.der), pem: pemOf(packed) })
  }
  const [first, ...rest] = parsed
  return first ? [first, ...rest] : 'it holds no certificate'
}

const pemOf = (base64: string): string =>
  ['-----BEGIN CERTIFICATE-----', ...(base64.match(/.{1,64}/g) ?? []), '-----END CERTIFICATE-----', ''].join('\n')
