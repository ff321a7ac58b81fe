import { createHash } from 'node:crypto'
import type { CertificateOptions } from '../certificate-options.ts'
import { concat, hex } from '../der-pieces.ts'
import { numberOf } from '../modular.ts'
import { ed25519PublicKey } from '../public-key-info.ts'
import { schemeOf } from '../signing/algorithms.ts'
import type { SignatureScheme } from '../signing/scheme.ts'
import { type Forgery, forgeryBy, UnforgeableBytes } from './forgery.ts'

const IDENTITY = `01${'00'.repeat(31)}`

/** The order of the base point (RFC 8032 section 5.1). */
const GROUP_ORDER = 2n ** 252n + 27_742_317_777_372_353_535_851_937_790_883_648_493n

/** Encodings of points that a handful of additions brings back to the start, with the number of additions. */
const POINTS = {
  identity: { encoding: IDENTITY, order: 1n },
  /** The identity as `y = p + 1`, which RFC 8032 section 5.1.3 says not to decode. */
  'non-canonical identity': { encoding: `ee${'ff'.repeat(30)}7f`, order: 1n },
  'order 2': { encoding: `ec${'ff'.repeat(30)}7f`, order: 2n },
  'order 4': { encoding: '00'.repeat(32), order: 4n },
  'order 8': { encoding: '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', order: 8n },
} as const

/** A point of small order, by name. */
export type SmallOrderPoint = keyof typeof POINTS

/**
 * Forges by an Ed25519 key that is a point of small order, without any private key.
 *
 * The verifier checks `S * B = R + k * A`. With `S = 0`, `R` the identity and `A` of order `n` that holds whenever `n` divides
 * the hash `k`: always for the identity, else for one in `n` messages, so bytes are tried until theirs does.
 *
 * Measured: `crypto.verify` says `true` on Node 20.20 and 22.23, `false` on 24.21 and 26.10; the key can be imported on all,
 * from SPKI and from JWK.
 *
 * @param point - Default `identity`.
 */
export function smallOrderEd25519(point: SmallOrderPoint = 'identity', options: CertificateOptions = {}): Forgery {
  const { encoding, order } = POINTS[point]
  const key = hex(encoding)
  return forgeryBy(ed25519PublicKey(key), withoutPrivateKey(key, order), options)
}

function withoutPrivateKey(key: Uint8Array, order: bigint): SignatureScheme {
  return {
    identifier: schemeOf('ed25519').identifier,
    sign(message) {
      const commitment = hex(IDENTITY)
      const digest = createHash('sha512')
        .update(concat(commitment, key, message))
        .digest()
      // The hash is little-endian (RFC 8032 section 5.1.7).
      if ((numberOf(digest.reverse()) % GROUP_ORDER) % order !== 0n)
        throw new UnforgeableBytes('the key does not vanish')
      return concat(commitment, new Uint8Array(32))
    },
  }
}
