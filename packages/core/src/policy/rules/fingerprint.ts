import { ConfigurationError, shown } from '../../configuration-error.ts'
import { createRule, type Rule } from '../rule.ts'

/**
 * Allows exactly one certificate, by the SHA-256 of its DER.
 *
 * For letting in only: an ECDSA signature can be written in a second valid way without any key, which changes the fingerprint, so `not` refuses
 * this rule.
 *
 * @param sha256 - 64 hexadecimal digits, any case, with or without colons (`openssl x509 -noout -fingerprint -sha256`).
 * @throws {ConfigurationError} `ERR_CONFIG_VALUE` for anything else, SHA-1 fingerprints included.
 */
export function fingerprint(sha256: string): Rule {
  const wanted = typeof sha256 === 'string' ? sha256.replaceAll(':', '').toLowerCase() : ''
  if (!/^[0-9a-f]{64}$/.test(wanted)) {
    const fix = 'Give 64 hexadecimal digits, as `openssl x509 -noout -fingerprint -sha256` prints them.'
    throw new ConfigurationError('ERR_CONFIG_VALUE', 'fingerprint()', `is ${shown(sha256)}`, fix)
  }
  return createRule(
    `fingerprint(${wanted})`,
    (identity) => ({ allowed: identity.fingerprint === wanted, presented: [identity.fingerprint] }),
    'allow-only',
  )
}
