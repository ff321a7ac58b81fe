import type { Authority } from '../authority.ts'
import type { CertificateOptions } from '../certificate-options.ts'
import * as der from '../der-pieces.ts'
import { subjectAltName } from '../extensions.ts'
import { issuedCertificate } from '../issued-certificate.ts'
import { generateKeyPair, type KeyType } from '../keys.ts'
import { type Leaf, leafOf } from '../leaf.ts'
import { ecPublicKey, type PointForm } from '../public-key-info.ts'

/** The same client with its certificate changed, and the rest of the chain as it was. Any signature is now wrong. */
export function altered(leaf: Leaf, change: (certificate: Uint8Array) => Uint8Array): Leaf {
  return leafOf(issuedCertificate(change(leaf.certificate.der)), leaf, leaf.chain.slice(1))
}

/** Cuts octets off the end. Not readable as a certificate: `x509` throws. */
export function truncated(leaf: Leaf, octets = 1): Leaf {
  return altered(leaf, (certificate) => certificate.slice(0, -octets))
}

/** Adds octets after the end, which `new X509Certificate` does not notice (measured on Node 20 to 26). */
export function trailingBytes(leaf: Leaf, octets: Uint8Array = Uint8Array.of(0)): Leaf {
  return altered(leaf, (certificate) => der.concat(certificate, octets))
}

/** Writes the outermost length in one octet more than DER allows (X.690 10.1). Everything inside is untouched. */
export function longLength(leaf: Leaf): Leaf {
  return altered(leaf, (certificate) => {
    const first = certificate[1] ?? 0
    if (first < 0x80) throw new RangeError('no certificate is as short as this')
    const header = Uint8Array.of(0x30, first + 1, 0)
    return der.concat(header, certificate.slice(2))
  })
}

/** Issues a certificate with two subjectAltNames (RFC 5280 section 4.2 allows one). Which of them is the client? */
export function duplicateExtension(authority: Authority, options: CertificateOptions = {}): Leaf {
  const names = [subjectAltName({ dns: 'one.example' }), subjectAltName({ dns: 'other.example' })]
  return authority.issue({ ...options, extensions: [...(options.extensions ?? []), ...names] })
}

/**
 * Issues a certificate with a negative serial number, which RFC 5280 section 4.1.2.2 forbids to issue and asks readers to
 * bear with: `@clientcert/core` accepts it.
 */
export function negativeSerialNumber(authority: Authority, options: CertificateOptions = {}): Leaf {
  return authority.issue({ ...options, serialNumber: -1n })
}

/** Issues a certificate for an EC key whose point is not in the one form RFC 5480 requires, uncompressed. */
export function pointForm(
  authority: Authority,
  form: PointForm,
  options: CertificateOptions & Readonly<{ key?: Extract<KeyType, 'p256' | 'p384' | 'p521'> }> = {},
): Leaf {
  const keys = generateKeyPair(options.key ?? 'p256')
  return authority.issue({ ...options, key: keys, subjectPublicKeyInfo: ecPublicKey(keys.publicKey, form) })
}
