import type { Authority } from '../authority.ts'
import type { CertificateOptions } from '../certificate-options.ts'
import type { Leaf } from '../leaf.ts'
import { pssParameters, rsaPss } from '../signing/rsa-pss.ts'
import { altered } from './encodings.ts'

/** The same client, one bit of the last octet of the signature changed. Still DER, and still readable. */
export function forgedSignature(leaf: Leaf): Leaf {
  return altered(leaf, (certificate) => {
    const forged = certificate.slice()
    forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1
    return forged
  })
}

/** Issues a certificate that names one algorithm inside the signed part and another outside (RFC 5280 section 4.1.1.2). */
export function algorithmMismatch(authority: Authority, options: CertificateOptions = {}): Leaf {
  return authority.issue({ ...options, tbsSignature: 'rsa-pkcs1-sha512' })
}

/**
 * Issues an RSASSA-PSS certificate with a salt of 32 octets whose parameters have no saltLength, which means 20
 * (RFC 4055 section 3.1).
 *
 * Measured on Node 20, 22, 24, 26: `crypto.verify` without `saltLength` takes whatever length it finds and says `true`.
 *
 * @param authority - Must have an RSA key.
 */
export function pssWithoutSaltLength(authority: Authority, options: CertificateOptions = {}): Leaf {
  const parameters = pssParameters({ hash: 'sha256', mgf1Hash: 'sha256' })
  return authority.issue({ ...options, signature: rsaPss({ saltLength: 32, parameters }) })
}

/**
 * Issues an RSASSA-PSS certificate, made with SHA-256 and MGF1 with SHA-256, that declares MGF1 with SHA-1.
 *
 * Measured on Node 20, 22, 24, 26: `crypto.verify` has no word for the MGF1 hash of a plain RSA key; it ignores
 * `mgf1HashAlgorithm` and says `true`. A signature made as this one declares it calls wrong: see
 * {@link pssWithSha1Mask}.
 *
 * @param authority - Must have an RSA key.
 */
export function pssWithOtherMgf1Hash(authority: Authority, options: CertificateOptions = {}): Leaf {
  const parameters = pssParameters({ hash: 'sha256', mgf1Hash: 'sha1', saltLength: 32 })
  return authority.issue({ ...options, signature: rsaPss({ hash: 'sha256', parameters }) })
}

/**
 * Issues an RSASSA-PSS certificate honestly made, as it declares, with SHA-256 and MGF1 with SHA-1: valid by RFC 4055,
 * which leaves the mask's hash free, and refused by profiles that want one hash.
 *
 * @param authority - Must have an RSA key of type rsaEncryption.
 */
export function pssWithSha1Mask(authority: Authority, options: CertificateOptions = {}): Leaf {
  return authority.issue({ ...options, signature: rsaPss({ hash: 'sha256', mgf1Hash: 'sha1', saltLength: 32 }) })
}

/** Issues an RSASSA-PSS certificate without parameters, which only a public key may lack (RFC 4055 section 3.1). */
export function pssWithoutParameters(authority: Authority, options: CertificateOptions = {}): Leaf {
  return authority.issue({ ...options, signature: rsaPss({ parameters: 'absent' }) })
}
