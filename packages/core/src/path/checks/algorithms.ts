import { readKey, readScheme } from '../../signatures/verify-signature.ts'
import type { Check } from './check.ts'

/** Decision of the algorithm table: the certificate's own signature is of an accepted kind, whoever made it. */
export const checkSignatureAlgorithm: Check = (placed) => {
  const scheme = readScheme(placed)
  return scheme.ok ? undefined : scheme.failure
}

/**
 * The key in the certificate is one that proves something. For the end entity too: a handshake under an RSA exponent of 1 or a point
 * of small order proves possession of nothing.
 */
export const checkKey: Check = (placed) => {
  const key = readKey(placed)
  return key.ok ? undefined : key.failure
}
