import { createPublicKey, type JsonWebKey, type KeyObject, verify } from 'node:crypto'
import type { Family, Presented } from '../families.ts'
import type { Job, Judge } from '../job.ts'

/** Nothing but `crypto.verify` over octets that were taken apart beforehand, under keys that were imported beforehand. */
export function judgeBare({ name, root }: Family, job: Job): Judge {
  const hash = name === 'Ed25519' ? null : 'sha256'
  const isLeafSigned = ({ signed, intermediateKey }: Presented): boolean =>
    verify(hash, signed.leaf.tbs, intermediateKey, signed.leaf.signature)
  if (job === 'issuer cached') return isLeafSigned
  return (presented) => {
    const { tbs, signature } = presented.signed.intermediate
    return isLeafSigned(presented) && verify(hash, tbs, root.publicKey, signature)
  }
}

/** One import of an intermediate's key, in each form. */
export function judgeImports({ chains }: Family): Readonly<Record<'JWK' | 'SPKI', Judge>> {
  const keys = new Map<Presented, { readonly jwk: JsonWebKey; readonly spki: Buffer }>()
  for (const presented of chains) {
    const { intermediateKey: key } = presented
    keys.set(presented, { jwk: key.export({ format: 'jwk' }), spki: key.export({ format: 'der', type: 'spki' }) })
  }
  const of = (presented: Presented) => {
    const found = keys.get(presented)
    if (!found) throw new RangeError('not of this family')
    return found
  }
  const isPublic = ({ type }: KeyObject) => type === 'public'
  return {
    JWK: (presented) => isPublic(createPublicKey({ key: of(presented).jwk, format: 'jwk' })),
    SPKI: (presented) => isPublic(createPublicKey({ key: of(presented).spki, format: 'der', type: 'spki' })),
  }
}
