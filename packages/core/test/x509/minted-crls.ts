import { createAuthority, der, type MintedCrl, mintCrl } from '@clientcert/testing'
import type { Result } from '../../src/result.ts'
import { type CertificateList, parseCrl } from '../../src/x509/crl.ts'
import type { Malformed } from '../../src/x509/malformed.ts'
import { membersOf } from './minted.ts'

/** Who issues what these tests read. Nothing here verifies, so one authority will do. */
export const root = createAuthority()

/** Parses what has to be a good CRL. */
export const listed = ({ der: bytes }: MintedCrl): CertificateList => listIn(parseCrl(bytes))

function listIn(result: Result<CertificateList, Malformed>): CertificateList {
  if (result.ok) return result.value
  const { field, offset, reason } = result.failure
  throw new Error(`refused: ${field} at ${offset}: ${reason}`)
}

/** Parses what must not be read: the field, and why. */
export function refusalOf({ der: bytes }: MintedCrl): string {
  const result = parseCrl(bytes)
  if (result.ok) throw new Error('read, where a refusal was expected')
  return `${result.failure.field}: ${result.failure.reason}`
}

/** Where the fields of a TBSCertList of version 2 with entries stand. */
export const TBS = {
  version: 0,
  signature: 1,
  issuer: 2,
  thisUpdate: 3,
  nextUpdate: 4,
  entries: 5,
  extensions: 6,
} as const

/** A CRL with one entry, one field of it replaced by any bytes, none included. */
export const withField = (field: keyof typeof TBS, ...replacement: readonly Uint8Array[]): MintedCrl =>
  mintCrl(root, {
    entries: [{ serialNumber: 1n }],
    alterTbs: (tbs) => der.sequence(...membersOf(tbs).toSpliced(TBS[field], 1, ...replacement)),
  })
