import { readKey, readScheme } from '../../signatures/verify-signature.ts'
import type { Check } from './check.ts'

/** Decision of the algorithm table: the certificate's own signature is of an accepted kind, whoever made it. */
export const checkSignatureAlgorithm: Check = (placed, { allowedWeaknesses }) => {
  const scheme = readScheme(placed, allowedWeaknesses)
  return scheme.ok ? undefined : scheme.failure
}

/**
 * The key in the certificate is one that proves something. For the end entity too: a handshake under an RSA exponent of 1 or a point
 * of small order proves possession of nothing.
 */
export const checkKey: Check = (placed, { allowedWeaknesses }) => {
  const key = readKey(placed, allowedWeaknesses)
  return key.ok ? undefined : key.failure
}
