import type { Authority } from '../authority.ts'
import { type CrlReason, REASONS } from '../crl/crl-extensions.ts'
import * as der from '../der-pieces.ts'
import { type Extension, encodeExtension } from '../extensions.ts'
import type { Leaf } from '../leaf.ts'
import type { HashName } from '../signing/scheme.ts'
import { encodeCertId } from './cert-id.ts'

/** A reason by name, or any number. */
export type OcspReason = CrlReason | number

/** What is said of a certificate. Without `revokedAt` it was revoked at the authority's clock; without a reason none is written. */
export type OcspStatus = 'good' | 'unknown' | 'revoked' | Readonly<{ revokedAt?: Date; reason?: OcspReason }>

/** What an answer says of one certificate, and for how long. */
export type SingleResponseOptions = Readonly<{
  /** Of whom. Its number is read by OpenSSL: where it has none that OpenSSL can read, give `certId`. */
  certificate?: Leaf
  /** Default `'good'`. */
  status?: OcspStatus
  /** What the CertID is hashed with. Default `'sha1'`. */
  hash?: HashName
  /** A whole CertID instead, such as one copied from a request. */
  certId?: Uint8Array
  /** Default: the authority's clock. */
  thisUpdate?: Date | Uint8Array
  /** Default a day after `thisUpdate`, or after the clock where that is bytes; `null` leaves it out. */
  nextUpdate?: Date | Uint8Array | null
  /** singleExtensions. Default none. */
  extensions?: readonly Extension[]
}>

const DAY_MS = 86_400_000

/** A SingleResponse (RFC 6960 section 4.2.1). */
export function encodeSingleResponse(issuer: Authority, options: SingleResponseOptions): Uint8Array {
  const { status = 'good', thisUpdate = issuer.at, extensions = [] } = options
  const from = thisUpdate instanceof Date ? thisUpdate : issuer.at
  const { nextUpdate = new Date(from.getTime() + DAY_MS) } = options
  return der.sequence(
    certIdOf(issuer, options),
    encodeStatus(status, issuer.at),
    generalizedTimeOf(thisUpdate),
    ...(nextUpdate === null ? [] : [der.explicit(0, generalizedTimeOf(nextUpdate))]),
    ...(extensions.length === 0 ? [] : [der.explicit(1, der.sequence(...extensions.map(encodeExtension)))]),
  )
}

/** A time as OCSP writes it, whatever the year; bytes are taken as they are. */
export const generalizedTimeOf = (value: Date | Uint8Array): Uint8Array =>
  value instanceof Uint8Array ? value : der.generalizedTime(value)

function certIdOf(issuer: Authority, { certificate, certId, hash }: SingleResponseOptions): Uint8Array {
  if (certId !== undefined) return certId
  if (certificate === undefined) throw new TypeError('give the certificate that is spoken of, or its certId')
  const serialNumber = BigInt(`0x${certificate.certificate.x509.serialNumber}`)
  return encodeCertId({ issuer, serialNumber, ...(hash === undefined ? {} : { hash }) })
}

function encodeStatus(status: OcspStatus, clock: Date): Uint8Array {
  if (status === 'good') return der.implicitPrimitive(0, new Uint8Array())
  if (status === 'unknown') return der.implicitPrimitive(2, new Uint8Array())
  const { revokedAt = clock, reason = undefined } = status === 'revoked' ? {} : status
  const number = typeof reason === 'string' ? REASONS[reason] : reason
  return der.explicit(
    1,
    der.generalizedTime(revokedAt),
    ...(number === undefined ? [] : [der.explicit(0, der.enumerated(number))]),
  )
}
