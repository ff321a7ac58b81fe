import { hash } from 'node:crypto'
import type { CertificateRef } from '../failure.ts'

/** SHA-256 of a certificate's DER, lower-case hexadecimal: what `openssl x509 -fingerprint -sha256` shows, without colons. */
export const fingerprintOf = (der: Uint8Array): string => hash('sha256', der, 'hex')

/** Names bytes that were presented as a certificate and could not be read as one. */
export const unreadableRef = (der: Uint8Array, position: number): CertificateRef =>
  Object.freeze({ position, subject: '(unreadable)', serial: '', fingerprint: fingerprintOf(der) })
