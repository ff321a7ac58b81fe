import { ConfigurationError, shown } from '../../configuration-error.ts'
import { nameAttributes } from '../../x509/name.ts'
import { isWrittenName, parseDistinguishedName } from '../distinguished-name.ts'
import { createRule, type Rule } from '../rule.ts'

/**
 * Allows exactly one certificate, by its issuer and serial number (RFC 5652 10.2.4), as certificate revocation lists name it. Both are within the signed
 * part, so the holder cannot change them: `not(issuerAndSerialNumber(...))` keeps one certificate out.
 *
 * @param issuer - RFC 4514, most specific first: `openssl x509 -noout -issuer -nameopt RFC2253` prints it.
 * @param serialNumber - Hexadecimal, any case, leading zeros and colons do not matter: `openssl x509 -noout -serial` prints it.
 * @throws {ConfigurationError} `ERR_CONFIG_VALUE`, `ERR_CONFIG_EMPTY_RULE`.
 */
export function issuerAndSerialNumber(issuer: string, serialNumber: string): Rule {
  const wantedIssuer = parseDistinguishedName(issuer, 'issuerAndSerialNumber()')
  const digits = typeof serialNumber === 'string' ? serialNumber.replaceAll(':', '').toLowerCase() : ''
  if (!/^[0-9a-f]+$/.test(digits)) {
    const fix = 'Give hexadecimal digits, as `openssl x509 -noout -serial` prints them.'
    throw new ConfigurationError('ERR_CONFIG_VALUE', 'issuerAndSerialNumber()', `is ${shown(serialNumber)}`, fix)
  }
  const wantedSerial = withoutZeros(digits)
  return createRule(`issuerAndSerialNumber(${issuer}, ${wantedSerial})`, (identity) => ({
    allowed:
      withoutZeros(identity.serialNumber) === wantedSerial &&
      isWrittenName(nameAttributes(identity.certificate.issuer), wantedIssuer),
    presented: [`${identity.issuer}, ${identity.serialNumber}`],
  }))
}

/** DER puts a zero octet before a number whose first bit is set; people leave it out. */
const withoutZeros = (digits: string): string => digits.replace(/^0+(?=.)/, '')
