import { readArray } from '../configuration.ts'
import { ConfigurationError, shown } from '../configuration-error.ts'
import { decodePem } from '../encoding/pem.ts'
import { parseCertificate } from '../x509/certificate.ts'
import { nameKey } from '../x509/name-comparison.ts'

/** Certificates in PEM, whose subjects are sent as the names of authorities (RFC 8446 4.2.4, RFC 5246 7.4.4). */
export type CaNames = string | Buffer | readonly (string | Buffer)[]

/** As many as a source of trust may hold. */
const MAX_NAMES = 10_000

/**
 * Reads which authorities are named in a handshake, to tell whether two handshakes name the same.
 *
 * @throws {ConfigurationError} For what is no PEM, where Node would send fewer names than were given, or none.
 */
export function readCaNames(value: unknown, option: string): ReadonlySet<string> {
  const texts = Array.isArray(value) ? readArray(value, option) : [value]
  return new Set(texts.flatMap((text) => namesIn(text, option)))
}

function namesIn(text: unknown, option: string): readonly string[] {
  const fix = 'Give certificates in PEM: their subjects are sent.'
  if (typeof text !== 'string' && !Buffer.isBuffer(text)) {
    throw new ConfigurationError('ERR_CONFIG_TYPE', option, `is ${shown(text)}`, fix)
  }
  const ders = decodePem(text.toString('latin1'), { maxBlocks: MAX_NAMES, explanatoryText: 'allow' })
  if (!ders.ok) throw new ConfigurationError('ERR_CONFIG_VALUE', option, ders.failure.message, fix)
  return ders.value.map((der) => {
    const certificate = parseCertificate(der)
    if (certificate.ok) return nameKey(certificate.value.subject)
    throw new ConfigurationError('ERR_CONFIG_VALUE', option, certificate.failure.message, fix)
  })
}
