import { createHash } from 'node:crypto'
import { type Refused, refused } from '../result.ts'
import { type HeadersFailure, headersFailure } from './failures.ts'

/**
 * Refuses a certificate that is not the one of which a second header has the SHA-256 fingerprint: one of the two did not come from the proxy.
 *
 * @param fingerprint - The header's value, in `encoding`. Untrusted.
 */
export function checkFingerprint(
  der: Uint8Array,
  fingerprint: string,
  encoding: 'hex' | 'base64',
  where: { readonly proxy: string; readonly certificate: string; readonly fingerprint: string },
): Refused<HeadersFailure> | undefined {
  const own = createHash('sha256').update(der).digest(encoding)
  // Public values, both of them: there is nothing to learn from how long the comparison takes. Lenient: upper case, and base64 without padding.
  if (encoding === 'hex' ? fingerprint.toLowerCase() === own : fingerprint.padEnd(own.length, '=') === own)
    return undefined
  const { proxy, certificate: one, fingerprint: other } = where
  return refused(headersFailure('ERR_HEADERS_MISMATCH', { proxy, one, other }))
}
