import { Certificate } from 'pkijs'
import type { Leaf } from '../leaf.ts'

/** The subject of a certificate as DER. */
export function subjectOf({ certificate }: Leaf): Uint8Array {
  return new Uint8Array(Certificate.fromBER(certificate.der.slice().buffer).subject.toSchema().toBER())
}
