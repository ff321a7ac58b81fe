import type { CrlOptions } from '../crl/crl-options.ts'
import { type CrlSigner, crlOf, type MintedCrl, mintCrl } from '../crl/mint-crl.ts'
import * as der from '../der-pieces.ts'
import type { Extension } from '../extensions.ts'

/** An identifier of the arc that RFC 5612 keeps for examples: nobody processes it. */
const UNKNOWN: Extension = { oid: '1.3.6.1.4.1.32473.1', critical: true, value: der.nullValue() }

/** The same CRL, one bit of the last octet of the signature changed. Still DER, and still readable. */
export function forgedCrl(crl: MintedCrl): MintedCrl {
  const forged = crl.der.slice()
  forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1
  return crlOf(forged)
}

/** Mints a CRL with a critical extension that nobody processes: it must not be used (RFC 5280 section 5.2). */
export function unknownCriticalCrlExtension(signer: CrlSigner, options: CrlOptions = {}): MintedCrl {
  return mintCrl(signer, { ...options, extensions: [...(options.extensions ?? []), UNKNOWN] })
}

/** Mints a CRL of which the last entry has such an extension: the same holds for the whole of it (RFC 5280 section 5.3). */
export function unknownCriticalEntryExtension(signer: CrlSigner, options: CrlOptions = {}): MintedCrl {
  const last = { serialNumber: 32_473n, extensions: [UNKNOWN] }
  return mintCrl(signer, { ...options, entries: [...(options.entries ?? []), last] })
}
