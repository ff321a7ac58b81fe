import { encodeHex } from '../encoding/hex.ts'
import type { CertificateRef } from '../failure.ts'
import type { Certificate } from './certificate.ts'
import { fingerprintOf } from './fingerprint.ts'
import { showName } from './name.ts'

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
