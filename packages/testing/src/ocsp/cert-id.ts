import { createHash } from 'node:crypto'
import { PublicKeyInfo } from 'pkijs'
import type { Authority } from '../authority.ts'
import * as der from '../der-pieces.ts'
import { spkiOf } from '../keys.ts'
import type { Leaf } from '../leaf.ts'
import { HASH_OIDS, type HashName } from '../signing/scheme.ts'

/** The hash of an authority's key as OCSP takes it: of the BIT STRING's content, without tag, length and unused bits. */
export function keyHashOf(holder: Leaf, hash: HashName): Uint8Array {
  const { subjectPublicKey } = PublicKeyInfo.fromBER(spkiOf(holder))
  return digest(hash, subjectPublicKey.valueBlock.valueHexView)
}

/** By what OCSP knows an issuer (RFC 6960 section 4.1.1). */
export function issuerHashes(issuer: Authority, hash: HashName): Readonly<{ name: Uint8Array; key: Uint8Array }> {
  return { name: digest(hash, issuer.name), key: keyHashOf(issuer, hash) }
}

/** Encodes a CertID (RFC 6960 section 4.1.1). */
export function encodeCertId(
  input: Readonly<{ issuer: Authority; serialNumber: bigint | Uint8Array; hash?: HashName }>,
): Uint8Array {
  const { issuer, serialNumber, hash = 'sha1' } = input
  const { name, key } = issuerHashes(issuer, hash)
  const algorithm = der.sequence(der.oid(HASH_OIDS[hash]), der.nullValue())
  return der.sequence(algorithm, der.octetString(name), der.octetString(key), der.integer(serialNumber))
}

const digest = (hash: HashName, octets: Uint8Array): Uint8Array => createHash(hash).update(octets).digest()
