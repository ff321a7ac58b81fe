import type { ByteMutation } from './mutation.ts'

/** One to three bits. */
const flip: ByteMutation = (bytes, random) => {
  const changed = Uint8Array.from(bytes)
  for (let count = 1 + random.below(3); count > 0; count--) {
    const at = random.below(changed.length)
    changed[at] = (changed[at] ?? 0) ^ (1 << random.below(8))
  }
  return changed
}

/** The end, or a run out of the middle. */
const cut: ByteMutation = (bytes, random) => {
  const from = random.below(bytes.length)
  const to = random.isOneIn(2) ? bytes.length : Math.min(bytes.length, from + 1 + random.below(16))
  return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)])
}

/** A few octets where none belong, the very end above all. */
const insert: ByteMutation = (bytes, random) => {
  const at = random.isOneIn(2) ? bytes.length : random.below(bytes.length)
  return Buffer.concat([bytes.subarray(0, at), random.octets(1 + random.below(4)), bytes.subarray(at)])
}

export const BYTE_MUTATIONS = { flip, cut, insert } as const satisfies Record<string, ByteMutation>
