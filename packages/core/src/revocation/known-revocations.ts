/**
 * Who is known to be revoked by what was fetched once, for as long as the process lives.
 *
 * RFC 5280 5.3.1 and RFC 6960 2.2: a revocation is for ever, a hold aside. Whoever is revoked and can keep the server from its responder would otherwise
 * wait until the answer is stale, and come in under `ignore-ca-error`.
 */
import { encodeHex } from '../encoding/hex.ts'
import type { Certificate } from '../x509/certificate.ts'
import { fingerprintOf } from '../x509/fingerprint.ts'
import type { Answer } from './answer.ts'

export type Revoked = Extract<Answer, { readonly kind: 'revoked' }>

/** A certificate is its issuer's key and its serial number here: its octets can be altered without its signature (the other half of an ECDSA signature). */
export interface Issued {
  readonly certificate: Certificate
  readonly issuer: Certificate
  /** On the path that was checked; 0 is the end entity. */
  readonly position: number
}

export interface KnownRevocations {
  /** @param at - A hold is known until its answer is out of date; it may have been lifted since. */
  readonly recall: (issued: Issued, at: number) => Revoked | undefined
  /** Only what a verified path led to is noted, so that only those to whom an authority gave certificates can fill it. */
  readonly note: (issued: Issued, revoked: Revoked) => void
}

/** Of 200 octets each; the revoked clients that came here, not all that are revoked. */
const MAX_KNOWN = 100_000

/** @param onNew - Told of every revocation that was not known before. */
export function createKnownRevocations(onNew: (issued: Issued, revoked: Revoked) => void): KnownRevocations {
  const known = new Map<string, Revoked>()
  return {
    recall: (issued, at) => {
      const revoked = known.size === 0 ? undefined : known.get(keyOf(issued))
      return revoked?.reason === 'certificateHold' && at > revoked.freshUntil ? undefined : revoked
    },
    note: (issued, revoked) => {
      const key = keyOf(issued)
      const before = known.get(key)
      // What is for ever is not replaced by a hold, and a hold not by an older one.
      if (before && (before.reason !== 'certificateHold' || before.asOf > revoked.asOf)) return
      known.set(key, revoked)
      const [oldest] = known.keys()
      if (known.size > MAX_KNOWN && oldest !== undefined) known.delete(oldest)
      if (before?.reason !== revoked.reason) onNew(issued, revoked)
    },
  }
}

const keyOf = ({ certificate, issuer }: Issued): string =>
  `${fingerprintOf(issuer.publicKey.der)} ${encodeHex(certificate.serialNumber)}`
