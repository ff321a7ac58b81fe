import { createHash } from 'node:crypto'
import * as der from '../der-pieces.ts'
import { HASH_OIDS, type HashName } from './scheme.ts'

/**
 * Encodes a message as EMSA-PKCS1-v1_5 (RFC 8017 section 9.2): what an RSA signature is before the private key touches it.
 *
 * @param options.length - Octets of the modulus.
 */
export function encodeEmsaPkcs1(
  options: Readonly<{ message: Uint8Array; hash: HashName; length: number }>,
): Uint8Array {
  const { message, hash, length } = options
  const digest = createHash(hash).update(message).digest()
  const info = der.sequence(der.sequence(der.oid(HASH_OIDS[hash]), der.nullValue()), der.octetString(digest))
  const padding = new Uint8Array(length - info.length - 3).fill(0xff)
  return der.concat(Uint8Array.of(0, 1), padding, Uint8Array.of(0), info)
}
