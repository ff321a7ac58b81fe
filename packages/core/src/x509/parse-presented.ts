import { ok, type Result, refused } from '../result.ts'
import { type Certificate, parseCertificate } from './certificate.ts'
import { certificateRef } from './certificate-ref.ts'
import { type X509Failure, x509Failure } from './failures.ts'

/** How much of what a stranger presents is parsed at all. */
export interface PresentedLimits {
  /** Bytes of one certificate. */
  readonly maxCertificateBytes: number
  /** Bytes of all of them together. */
  readonly maxPresentedBytes: number
}

/**
 * Parses everything that was presented. One that cannot be parsed refuses all: a list from which bad elements are filtered is how the next element
 * becomes the end entity.
 *
 * @param presented - The end entity, then whatever came with it. Untrusted.
 * @returns The certificates, or what `parseCertificate` returns for the first that is bad, or `ERR_X509_TOO_MANY_BYTES`.
 */
export function parsePresented(
  presented: readonly [Uint8Array, ...Uint8Array[]],
  { maxCertificateBytes: maxBytes, maxPresentedBytes: limit }: PresentedLimits,
): Result<readonly [Certificate, ...Certificate[]], X509Failure> {
  const [first, ...rest] = presented
  const endEntity = parseCertificate(first, { maxBytes })
  if (!endEntity.ok) return endEntity
  const others: Certificate[] = []
  let total = first.length
  for (const [index, der] of rest.entries()) {
    total += der.length
    if (total > limit) {
      const evidence = { limit, certificates: presented.length }
      return refused(x509Failure('ERR_X509_TOO_MANY_BYTES', evidence, certificateRef(endEntity.value, 0)))
    }
    const certificate = parseCertificate(der, { position: index + 1, maxBytes })
    if (!certificate.ok) return certificate
    others.push(certificate.value)
  }
  return ok([endEntity.value, ...others])
}
