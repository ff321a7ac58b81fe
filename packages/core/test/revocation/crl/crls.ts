/** From minted CRLs to what is kept of them. */
import type { Leaf, MintedCrl } from '@clientcert/testing'
import { type CrlSnapshot, crlSnapshot, type LoadedCrl, readCrls } from '../../../src/revocation/crl/loaded-crl.ts'
import { atOnce } from '../../../src/slices.ts'
import type { Certificate } from '../../../src/x509/certificate.ts'
import { parsed } from '../../path/verdict.ts'

/** Reads what has to be good CRLs. */
export function loadedFrom(octets: Uint8Array, origin = 'a.crl'): readonly LoadedCrl[] {
  const crls = atOnce(readCrls(octets, origin))
  if (!crls.ok) throw new Error(crls.failure)
  return crls.value
}

/** Reads what has to be one good CRL. */
export function loaded({ der }: MintedCrl, origin = 'a.crl'): LoadedCrl {
  const [crl] = loadedFrom(der, origin)
  if (!crl) throw new Error('no CRL')
  return crl
}

/** Why octets are refused. */
export function refusalOf(octets: Uint8Array, origin = 'a.crl'): string {
  const crls = atOnce(readCrls(octets, origin))
  if (crls.ok) throw new Error('read, where a refusal was expected')
  return crls.failure
}

/** CRLs as a store holds them, each named by its place: `crl 1`. */
export const snapshotOf = (...crls: readonly MintedCrl[]): CrlSnapshot =>
  crlSnapshot(crls.map((crl, index) => loaded(crl, `crl ${index + 1}`)))

/** The certificate of a client as the verifier reads it. */
export const certificateOf = ({ certificate }: Leaf): Certificate => parsed(certificate)
