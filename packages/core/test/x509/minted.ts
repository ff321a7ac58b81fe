import { createAuthority, der, type IssuedCertificate } from '@clientcert/testing'
import { cursorOver, enter, isAtEnd, readAny } from '../../src/encoding/der.ts'
import { type Certificate, type ParseOptions, parseCertificate } from '../../src/x509/certificate.ts'
import type { X509Failure } from '../../src/x509/failures.ts'
import { failureOf, unwrap } from '../encoding/unwrap.ts'

/** Who issues what these tests read. Nothing here verifies, so one authority will do. */
export const root = createAuthority()

type Minted = Readonly<{ certificate: IssuedCertificate }>

/** Parses what has to be a good certificate. */
export const parsed = ({ certificate }: Minted, options?: ParseOptions): Certificate =>
  unwrap(parseCertificate(certificate.der, options))

/** Parses what must not be read. */
export const refusal = ({ certificate }: Minted, options?: ParseOptions): X509Failure =>
  failureOf(parseCertificate(certificate.der, options))

/** The members of a SEQUENCE, whole. */
export function membersOf(sequence: Uint8Array): Uint8Array[] {
  const inner = enter(cursorOver(sequence), 0x30)
  const members: Uint8Array[] = []
  while (!isAtEnd(inner)) {
    const { start, end } = readAny(inner)
    members.push(sequence.slice(start, end))
  }
  return members
}

/** Where the fields of a TBSCertificate of version 3 stand. */
export const TBS = {
  version: 0,
  serialNumber: 1,
  signature: 2,
  issuer: 3,
  validity: 4,
  subject: 5,
  subjectPublicKeyInfo: 6,
  extensions: 7,
} as const

/** For `alterTbs`: replaces one field by any bytes, none included, and leaves the others as they are. */
export const withField =
  (field: keyof typeof TBS, ...replacement: readonly Uint8Array[]) =>
  (tbs: Uint8Array) =>
    der.sequence(...membersOf(tbs).toSpliced(TBS[field], 1, ...replacement))

/** For `alterTbs`: adds bytes behind one field. */
export const behindField =
  (field: keyof typeof TBS, ...added: readonly Uint8Array[]) =>
  (tbs: Uint8Array) =>
    der.sequence(...membersOf(tbs).toSpliced(TBS[field] + 1, 0, ...added))
