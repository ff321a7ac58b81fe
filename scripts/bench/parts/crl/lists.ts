/** The CRLs that everybody loads, made at run time, and the numbers that are looked up in them. */
import { randomBytes } from 'node:crypto'
import { type Authority, createAuthority, encodeCrlEntries, mintCrl } from '@clientcert/testing'

/** Names are those of the table in docs/performance.md. */
export const SIZES = { '1 k': 1_000, '100 k': 100_000, '1 M': 1_000_000 } as const

export type Size = keyof typeof SIZES

export const SIZE_NAMES = Object.keys(SIZES) as readonly Size[]

/** So many numbers are looked up in turn, every other of which is in the list. */
const LOOKED_UP = 10_000

export interface RevocationList {
  readonly size: Size
  readonly authority: Authority
  readonly der: Uint8Array
  /** Content octets of INTEGERs. */
  readonly serials: readonly Uint8Array[]
  /** Whether the number at this index is in the list. */
  readonly isRevoked: (index: number) => boolean
}

/**
 * Mints a list. Numbers are 16 random octets, as most authorities have them, and no entry has a reason: the least that such an entry takes, so that
 * what an index adds weighs most.
 */
export function mintList(size: Size): RevocationList {
  const authority = createAuthority({ subject: { O: 'Bench', CN: 'Revoking CA' } })
  const revoked = createSerials(SIZES[size])
  const { der } = mintCrl(authority, { entries: [encodeCrlEntries(revoked, { revokedAt: authority.at })] })
  const absent = createSerials(LOOKED_UP / 2)
  const stride = Math.max(1, Math.floor(revoked.length / (LOOKED_UP / 2)))
  const serials = absent.flatMap((each, index) => [revoked[(index * stride) % revoked.length] ?? each, each])
  return { size, authority, der, serials, isRevoked: (index) => index % 2 === 0 }
}

/** Positive, minimal, and all different but by a chance of 2^-87. */
export function createSerials(count: number): readonly Uint8Array[] {
  const octets = randomBytes(count * 16)
  return Array.from({ length: count }, (_, index) => {
    const serial = octets.subarray(index * 16, index * 16 + 16)
    serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40
    return serial
  })
}
