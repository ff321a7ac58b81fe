import { ConfigurationError } from '../configuration-error.ts'
import { certificateDerFrom } from '../encoding/certificate-der.ts'
import { decodePem } from '../encoding/pem.ts'
import type { TrustMaterial } from './source.ts'

/** Most certificates that one source may hold. The largest public bundle has about 150. */
export const MAX_SOURCE_CERTIFICATES = 10_000

const SEPARATE = 'Put a newline between the files that were concatenated: `for f in *.pem; do cat "$f"; echo; done`.'
const NO_MARK = 'Save it without the byte order mark, or make it again with `openssl x509 -in FILE`.'
const CERTIFICATES_ONLY = 'Keep CERTIFICATE blocks only; `openssl x509 -in FILE` converts TRUSTED CERTIFICATE and DER.'

/** UTF-8's, UTF-16's in either order, as Latin-1 shows them: Windows editors and PowerShell's `>` write them. */
const BYTE_ORDER_MARK = /^(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)/

/**
 * Reads the certificates of a trust source: one in DER, or any number in PEM with explanatory text between them.
 *
 * @param bytes - Trusted as configuration, checked all the same.
 * @param origin - For people.
 * @throws {ConfigurationError} `ERR_CONFIG_TRUST_MALFORMED`; never returns a part.
 */
export function readCertificates(bytes: Uint8Array, option: string, origin: string): readonly TrustMaterial[] {
  if (bytes[0] === 0x30) return [{ der: certificateDerFrom(bytes), origin }]
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
  const decoded = decodePem(text, { maxBlocks: MAX_SOURCE_CERTIFICATES, explanatoryText: 'allow' })
  if (!decoded.ok) {
    const isGlued = decoded.failure.code === 'ERR_ENCODING_PEM' && decoded.failure.isGlued
    const fix = isGlued ? SEPARATE : BYTE_ORDER_MARK.test(text) ? NO_MARK : CERTIFICATES_ONLY
    throw new ConfigurationError('ERR_CONFIG_TRUST_MALFORMED', option, `${origin}: ${decoded.failure.message}`, fix)
  }
  return decoded.value.map((der, index) => ({
    der,
    origin: decoded.value.length === 1 ? origin : `${origin}, certificate ${index + 1}`,
  }))
}
