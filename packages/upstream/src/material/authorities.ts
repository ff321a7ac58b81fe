import { isSelfSigned } from '@clientcert/core'
import { type Certificate, certificateRef } from '@clientcert/core/x509'
import { type Found, MAX_AUTHORITIES } from './found-material.ts'
import type { LoadedMaterial } from './material.ts'
import { materialError } from './material-error.ts'
import { pemOf } from './own-certificate.ts'
import { readChain } from './read-chain.ts'
import { systemAuthorities } from './system-authorities.ts'

export type Authorities = Pick<LoadedMaterial, 'authorities' | 'authoritiesFrom'>

/**
 * Finds by which authorities the servers are verified: those that are given, else the self-signed certificate at the end of our own chain (Consul's connector for
 * Ambassador writes it there and nowhere else), else those that Node trusts by itself. Never none.
 *
 * @param chain - Ours; empty where there is none.
 * @throws {MaterialError} `ERR_MATERIAL_MALFORMED`, `ERR_MATERIAL_TOO_LARGE`, `ERR_MATERIAL_NOT_AUTHORITY`, `ERR_MATERIAL_NO_ANCHOR`.
 */
export function findAuthorities(given: Found | null, chain: readonly Certificate[]): Authorities {
  if (given !== null) return { authorities: readAuthorities(given), authoritiesFrom: 'given' }
  const tail = chain.at(-1)
  // Alone it is our own certificate, and what it signs is no other's.
  return tail !== undefined && chain.length >= 2 && isAuthority(tail) && isSelfSigned(tail)
    ? { authorities: [pemOf(tail)], authoritiesFrom: 'self-signed-tail' }
    : { authorities: systemAuthorities(), authoritiesFrom: 'system' }
}

const isAuthority = ({ extensions }: Certificate): boolean => extensions.basicConstraints?.ca === true

function readAuthorities(given: Found): readonly string[] {
  const { option, from } = given
  const certificates = readChain(given, 'authorities', MAX_AUTHORITIES)
  const stranger = certificates.findIndex((each) => !isAuthority(each))
  const [other] = certificates.slice(stranger)
  if (stranger !== -1 && other !== undefined) {
    throw materialError('ERR_MATERIAL_NOT_AUTHORITY', { option, from, certificate: certificateRef(other, stranger) })
  }
  // The others are intermediates, which lead to an anchor and are none.
  if (!certificates.some(isSelfSigned)) {
    throw materialError('ERR_MATERIAL_NO_ANCHOR', { option, from, certificates: certificates.length })
  }
  return [...new Set(certificates.map(pemOf))]
}
