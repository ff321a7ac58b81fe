import type { KeyObject } from 'node:crypto'

/** A way to sign a certificate: what the certificate says, and what is done. They need not agree. */
export type SignatureScheme = Readonly<{
  /** DER `AlgorithmIdentifier`, in the certificate and, unless overridden, inside the signed part. */
  identifier: Uint8Array
  /** Returns the content of the signature BIT STRING. */
  sign: (signed: Uint8Array, privateKey: KeyObject) => Uint8Array
}>

/** Digests a signature may use, broken ones included. */
export type HashName = 'md5' | 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512'

export const HASH_OIDS: Readonly<Record<HashName, string>> = {
  md5: '1.2.840.113549.2.5',
  sha1: '1.3.14.3.2.26',
  sha224: '2.16.840.1.101.3.4.2.4',
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
}

export const HASH_LENGTHS: Readonly<Record<HashName, number>> = {
  md5: 16,
  sha1: 20,
  sha224: 28,
  sha256: 32,
  sha384: 48,
  sha512: 64,
}
