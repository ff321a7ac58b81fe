import { createPublicKey, verify } from 'node:crypto'
import { KNOWN_ANSWERS, KNOWN_MESSAGE } from './ml-dsa-known-answers.ts'

/** Parameter sets (RFC 9881 section 4), with the length of a public key in octets. */
export const ML_DSA_KEY_OCTETS = { 'ML-DSA-44': 1312, 'ML-DSA-65': 1952, 'ML-DSA-87': 2592 } as const

export type MlDsa = keyof typeof ML_DSA_KEY_OCTETS

const tested = new Map<MlDsa, boolean>()

/** Whether this runtime verifies ML-DSA: it accepts a known answer and refuses it altered. Asked once, when first needed. */
export function isMlDsaAvailable(name: MlDsa): boolean {
  const known = tested.get(name)
  if (known !== undefined) return known
  const isAvailable = passesKnownAnswer(name)
  tested.set(name, isAvailable)
  return isAvailable
}

function passesKnownAnswer(name: MlDsa): boolean {
  const { key, signature } = KNOWN_ANSWERS[name]
  const message = Buffer.from(KNOWN_MESSAGE)
  const altered = Buffer.from(`${KNOWN_MESSAGE}!`)
  try {
    const object = createPublicKey({ key: Buffer.from(key, 'base64'), format: 'der', type: 'spki' })
    const octets = Buffer.from(signature, 'base64')
    return verify(null, message, object, octets) && !verify(null, altered, object, octets)
  } catch {
    return false // The runtime does not know the algorithm.
  }
}
