import { createHash } from 'node:crypto'
import { encodeHex } from '../encoding/hex.ts'
import type { CertificateRef } from '../failure.ts'
import type { Certificate } from './certificate.ts'
import { showName } from './name.ts'

/** SHA-256 of a certificate's DER, lower-case hexadecimal: what `openssl x509 -fingerprint -sha256` shows, without colons. */
export const fingerprintOf = (der: Uint8Array): string => createHash('sha256').update(der).digest('hex')

/** Longest serial number that is shown; longer ones are cut, since they are the peer's choice. */
const MAX_SERIAL_OCTETS = 32

/** Names a certificate for a failure. */
export function certificateRef(certificate: Certificate, position: number): CertificateRef {
  return Object.freeze({
    position,
    subject: showName(certificate.subject),
    serial: encodeHex(certificate.serialNumber.subarray(0, MAX_SERIAL_OCTETS)),
    fingerprint: fingerprintOf(certificate.der),
  })
}

/** Names bytes that were presented as a certificate and could not be read as one. */
export const unreadableRef = (der: Uint8Array, position: number): CertificateRef =>
  Object.freeze({ position, subject: '(unreadable)', serial: '', fingerprint: fingerprintOf(der) })
