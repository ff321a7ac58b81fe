import { readObject } from './configuration.ts'
import { ConfigurationError, shown } from './configuration-error.ts'
import { type CertificateDer, certificateDerFrom } from './encoding/certificate-der.ts'
import { encodingFailure } from './encoding/failures.ts'
import { decodePem } from './encoding/pem.ts'
import type { Evidence } from './evidence/evidence.ts'

/** A certificate that was handed over as such: the end entity first, in PEM or DER, with whatever came with it. Untrusted. */
export type CertificateInput =
  | { readonly pem: string }
  | { readonly der: Uint8Array; readonly presented?: readonly Uint8Array[] }

/** Most blocks that are decoded; the limit on presented certificates then refuses with the true count. */
const MAX_BLOCKS = 65

/**
 * Reads the input of `verify`.
 *
 * @param maxPresentedBytes - PEM may have twice as many characters: a third more for base64, and text beside it. A megabyte of short lines stopped the loop
 *   for 40 ms.
 * @throws {ConfigurationError} Where it is neither shape; never for a bad certificate.
 */
export function evidenceFromInput(input: CertificateInput, maxPresentedBytes: number): Evidence {
  const given = readObject(input, 'input', ['pem', 'der', 'presented'])
  const rememberBy = null
  if (typeof given.pem === 'string' && !('der' in given) && !('presented' in given)) {
    const { pem } = given
    const [limit, present] = [2 * maxPresentedBytes, pem.length]
    if (present > limit) {
      return {
        kind: 'unusable',
        failure: encodingFailure('ERR_ENCODING_TOO_LARGE', { limit, present, unit: 'characters' }),
      }
    }
    return {
      kind: 'presented',
      rememberBy,
      read: () => decodePem(pem, { maxBlocks: MAX_BLOCKS, explanatoryText: 'allow' }),
    }
  }
  if (given.der instanceof Uint8Array && !('pem' in given)) {
    const others = 'presented' in given ? given.presented : []
    if (Array.isArray(others) && others.every((each) => each instanceof Uint8Array)) {
      const copies: readonly [CertificateDer, ...CertificateDer[]] = [copyOf(given.der), ...others.map(copyOf)]
      return { kind: 'presented', rememberBy, read: () => ({ ok: true, value: copies }) }
    }
  }
  const fix = 'Give { pem } with the end entity first, or { der, presented }.'
  throw new ConfigurationError('ERR_CONFIG_TYPE', 'input', `is ${shown(Object.keys(given))}`, fix)
}

/** A copy, so that nobody can change the bytes between verification and use. */
const copyOf = (bytes: Uint8Array): CertificateDer => certificateDerFrom(new Uint8Array(bytes))
