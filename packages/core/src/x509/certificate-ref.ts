import { encodeHex } from '../encoding/hex.ts'
import type { CertificateRef } from '../failure.ts'
import type { Certificate } from './certificate.ts'
import { fingerprintOf } from './fingerprint.ts'
import { showName } from './name.ts'

/** Longest serial number that is shown; longer ones are cut, since they are the peer's choice. */
const MAX_SERIAL_OCTETS = 32

/** Kept, since a search may name one certificate many times, and its name may be as long as the peer likes. */
const described = new WeakMap<Certificate, Omit<CertificateRef, 'position'>>()

/** Names a certificate for a failure. */
export function certificateRef(certificate: Certificate, position: number): CertificateRef {
  let description = described.get(certificate)
  if (!description) {
    description = {
      subject: showName(certificate.subject),
      serial: encodeHex(certificate.serialNumber.subarray(0, MAX_SERIAL_OCTETS)),
      fingerprint: fingerprintOf(certificate.der),
    }
    described.set(certificate, description)
  }
  return Object.freeze({ position, ...description })
}
