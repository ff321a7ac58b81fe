import type { TrustAnchor } from '../trust/snapshot.ts'
import type { Certificate } from '../x509/certificate.ts'

/** Known to the verifier alone, so that no other module can make a path. */
const proof: unique symbol = Symbol('VerifiedPath')

/**
 * A certification path that was verified: from the end entity, first, to the trust anchor, last.
 *
 * Unforgeable: the constructor demands a symbol that does not leave this folder, and {@link isVerifiedPath} asks for a private field, which
 * neither a look-alike nor `structuredClone` nor `Object.create` has. Says nothing about revocation.
 */
export class VerifiedPath {
  readonly #certificates: readonly [Certificate, ...Certificate[]]
  readonly anchor: TrustAnchor
  /** The instant for which it was verified, in milliseconds. */
  readonly at: number
  /** When the first of its certificates expires, in milliseconds: nothing that rests on this path outlives it. */
  readonly notAfter: number

  constructor(
    key: typeof proof,
    certificates: readonly [Certificate, ...Certificate[]],
    anchor: TrustAnchor,
    at: number,
  ) {
    if (key !== proof) throw new TypeError('a VerifiedPath is made by verifyPath only')
    const [endEntity, ...others] = certificates
    this.#certificates = Object.freeze<[Certificate, ...Certificate[]]>([endEntity, ...others])
    this.anchor = anchor
    this.at = at
    this.notAfter = Math.min(...certificates.map(({ notAfter }) => notAfter))
    Object.freeze(this)
  }

  /** End entity first, anchor last; one certificate where the end entity is itself an anchor. */
  get certificates(): readonly [Certificate, ...Certificate[]] {
    return this.#certificates
  }

  get endEntity(): Certificate {
    return this.#certificates[0]
  }

  static is(value: unknown): value is VerifiedPath {
    return typeof value === 'object' && value !== null && #certificates in value
  }
}

/** Whether a value is a path that this copy of the library verified. */
export const isVerifiedPath = (value: unknown): value is VerifiedPath => VerifiedPath.is(value)

/** For `verifyPath` alone. */
export const createVerifiedPath = (
  certificates: readonly [Certificate, ...Certificate[]],
  anchor: TrustAnchor,
  at: number,
): VerifiedPath => new VerifiedPath(proof, certificates, anchor, at)
