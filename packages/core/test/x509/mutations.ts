/** What property tests do to good DER. */
import { der } from '@clientcert/testing'
import fc from 'fast-check'

/** Octets that mean something in DER come more often than chance has them. */
export const octet = fc.oneof(
  fc.nat(255),
  fc.constantFrom(0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0c, 0x30, 0x31, 0x7f, 0x80, 0x81, 0x82, 0xa0, 0xa3, 0xff),
)
// Without the bias towards the ends: what is wrong may be anywhere.
const place = fc.noBias(fc.nat(9_999)).map((share) => share / 10_000)
/** One change of a good encoding. */
export const mutation = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), place, octet }),
  fc.record({ kind: fc.constant('flip' as const), place, bit: fc.nat(7) }),
  fc.record({ kind: fc.constant('cut' as const), place, length: fc.integer({ min: 1, max: 40 }) }),
  fc.record({ kind: fc.constant('insert' as const), place, octets: fc.uint8Array({ minLength: 1, maxLength: 12 }) }),
  fc.record({ kind: fc.constant('repeat' as const), place, length: fc.integer({ min: 1, max: 40 }) }),
  fc.record({ kind: fc.constant('truncate' as const), place }),
)

type Mutation = typeof mutation extends fc.Arbitrary<infer Kind> ? Kind : never

export function mutate(bytes: Uint8Array, change: Mutation): Uint8Array {
  const at = Math.floor(change.place * bytes.length)
  const [before, behind] = [bytes.slice(0, at), bytes.slice(at)]
  switch (change.kind) {
    case 'set':
      return der.concat(before, Uint8Array.of(change.octet), behind.slice(1))
    case 'flip':
      return der.concat(before, Uint8Array.of((behind[0] ?? 0) ^ (1 << change.bit)), behind.slice(1))
    case 'cut':
      return der.concat(before, behind.slice(change.length))
    case 'insert':
      return der.concat(before, change.octets, behind)
    case 'repeat':
      return der.concat(before, behind.slice(0, change.length), behind)
    case 'truncate':
      return before
    default:
      return change satisfies never
  }
}
