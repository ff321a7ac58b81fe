import { createSecureContext } from 'node:tls'
import { spiffeIdOf } from '@clientcert/core'
import { certificateRef } from '@clientcert/core/x509'
import { findAuthorities } from './authorities.ts'
import type { FoundMaterial } from './found-material.ts'
import type { LoadedMaterial } from './material.ts'
import { materialError, reasonOf } from './material-error.ts'
import type { OwnCertificate } from './own-certificate.ts'
import { parsePair } from './parse-pair.ts'
import { parsePfx } from './parse-pfx.ts'

/**
 * Makes material of what was found, where all of it belongs together and is of use at the moment.
 *
 * Does not ask whether a server would take our certificate: its path, purpose and revocation are the server's to judge.
 *
 * @param at - Of our certificate alone; both bounds are inclusive (RFC 5280 4.1.2.5).
 * @throws {MaterialError} For the first reason found.
 */
export function parseMaterial({ own, authorities: given }: FoundMaterial, at: Date): LoadedMaterial {
  const ours = own === null ? null : own.kind === 'pair' ? parsePair(own) : parsePfx(own)
  if (ours !== null) checkValidity(ours, at)
  const { authorities, authoritiesFrom } = findAuthorities(given, ours?.chain ?? [])
  const material: LoadedMaterial = {
    identity: ours?.identity ?? null,
    endEntity: ours?.chain[0] ?? null,
    spiffeId: ours === null ? null : spiffeIdOf(ours.chain[0]),
    authorities: Object.freeze(authorities),
    authoritiesFrom,
  }
  checkUsable(material, ours?.place ?? given ?? { option: 'certificate', from: "certificate: 'none'" })
  return Object.freeze(material)
}

function checkValidity({ chain: [endEntity], place }: OwnCertificate, at: Date): void {
  const [notBefore, notAfter] = [new Date(endEntity.notBefore), new Date(endEntity.notAfter)]
  const { option, from } = place
  const evidence = { option, from, certificate: certificateRef(endEntity, 0), at }
  if (at < notBefore) throw materialError('ERR_MATERIAL_NOT_YET_VALID', { ...evidence, notBefore })
  if (at > notAfter) throw materialError('ERR_MATERIAL_EXPIRED', { ...evidence, notAfter })
}

/** OpenSSL has rules of its own, such as the least size of a key: what it does not take must not come into use. */
function checkUsable(
  { identity, endEntity, authorities, authoritiesFrom }: LoadedMaterial,
  { option, from }: { readonly option: string; readonly from: string },
): void {
  // The system's are Node's own, and reading them takes longer than all of the rest.
  const ca = authoritiesFrom === 'system' ? [] : [...authorities]
  try {
    createSecureContext({ ...identity, ca })
  } catch (thrown) {
    const certificate = endEntity === null ? null : certificateRef(endEntity, 0)
    throw materialError('ERR_MATERIAL_UNUSABLE', { option, from, certificate, reason: reasonOf(thrown) }, thrown)
  }
}
