import { createHash, randomBytes } from 'node:crypto'
import { concat } from '../der-pieces.ts'
import { HASH_LENGTHS, type HashName } from './scheme.ts'

/**
 * Encodes a message as EMSA-PSS (RFC 8017 section 9.1.1), with any pair of hashes.
 *
 * Ours because `crypto.sign` offers no MGF1 hash of its own for a plain RSA key, and a verifier that ignores the declared
 * one has to be shown such a signature.
 *
 * @param options.modulusBits - Size of the key in bits; the result has as many octets as the modulus.
 * @param options.saltLength - Octets of random salt.
 * @throws {RangeError} If the key is too small for hash and salt.
 */
export function encodeEmsaPss(
  options: Readonly<{
    message: Uint8Array
    modulusBits: number
    hash: HashName
    mgf1Hash: HashName
    saltLength: number
  }>,
): Uint8Array {
  const { message, modulusBits, hash, mgf1Hash, saltLength } = options
  const encodedBits = modulusBits - 1
  const encodedLength = Math.ceil(encodedBits / 8)
  const paddingLength = encodedLength - saltLength - HASH_LENGTHS[hash] - 2
  if (paddingLength < 0)
    throw new RangeError(`an RSA key of ${modulusBits} bits is too small for ${hash} and this salt`)

  const salt = randomBytes(saltLength)
  const digest = digestOf(hash, concat(new Uint8Array(8), digestOf(hash, message), salt))
  const dataBlock = concat(new Uint8Array(paddingLength), Uint8Array.of(1), salt)
  const mask = mgf1(digest, dataBlock.length, mgf1Hash)
  const masked = dataBlock.map((octet, index) => octet ^ (mask[index] ?? 0))
  // The bits above the modulus are cleared, so that the number is smaller than the modulus.
  masked[0] = (masked[0] ?? 0) & (0xff >> (8 * encodedLength - encodedBits))

  const encoded = concat(masked, digest, Uint8Array.of(0xbc))
  return concat(new Uint8Array(Math.ceil(modulusBits / 8) - encodedLength), encoded)
}

/** The mask generation function of RFC 8017 appendix B.2.1. */
function mgf1(seed: Uint8Array, length: number, hash: HashName): Uint8Array {
  const blocks: Uint8Array[] = []
  for (let counter = 0; counter * HASH_LENGTHS[hash] < length; counter++) {
    const suffix = Buffer.alloc(4)
    suffix.writeUInt32BE(counter)
    blocks.push(digestOf(hash, concat(seed, suffix)))
  }
  return concat(...blocks).subarray(0, length)
}

function digestOf(hash: HashName, bytes: Uint8Array): Uint8Array {
  return createHash(hash).update(bytes).digest()
}
