import type { KeyObject } from 'node:crypto'
import { randomBytes } from 'node:crypto'
import * as der from './der-pieces.ts'
import { type Extension, encodeExtension } from './extensions.ts'
import { type IssuedCertificate, issuedCertificate } from './issued-certificate.ts'
import type { SignatureScheme } from './signing/scheme.ts'

/** The fields of a TBSCertificate (RFC 5280 section 4.1), decided. Bytes are whole encodings. */
export type TbsFields = Readonly<{
  version: number
  serialNumber: bigint | Uint8Array
  signature: Uint8Array
  issuer: Uint8Array
  notBefore: Date | Uint8Array
  notAfter: Date | Uint8Array
  subject: Uint8Array
  subjectPublicKeyInfo: Uint8Array
  extensions: readonly Extension[]
}>

/** Encodes the part of a certificate that is signed. No extensions means no extensions field. */
export function encodeTbs(fields: TbsFields): Uint8Array {
  return der.sequence(
    // v1 is the DEFAULT and left out.
    ...(fields.version === 1 ? [] : [der.explicit(0, der.integer(fields.version - 1))]),
    der.integer(fields.serialNumber),
    fields.signature,
    fields.issuer,
    der.sequence(timeOf(fields.notBefore), timeOf(fields.notAfter)),
    fields.subject,
    fields.subjectPublicKeyInfo,
    ...(fields.extensions.length === 0
      ? []
      : [der.explicit(3, der.sequence(...fields.extensions.map(encodeExtension)))]),
  )
}

/** Signs and wraps a TBSCertificate. */
export function signTbs(tbs: Uint8Array, scheme: SignatureScheme, privateKey: KeyObject): IssuedCertificate {
  return issuedCertificate(der.sequence(tbs, scheme.identifier, der.bitString(scheme.sign(tbs, privateKey))))
}

/** A serial number nobody else has: 16 octets, positive, never with a leading zero. */
export function randomSerialNumber(): Uint8Array {
  const octets = new Uint8Array(randomBytes(16))
  octets[0] = ((octets[0] ?? 0) & 0x3f) | 0x40
  return octets
}

function timeOf(value: Date | Uint8Array): Uint8Array {
  return value instanceof Uint8Array ? value : der.time(value)
}
