import type { RefreshStatus } from '@clientcert/core'
import { certificateRef } from '@clientcert/core/x509'
import { warnedFrom } from './expiry-watch.ts'
import type { LoadedMaterial, MaterialStatus } from './material.ts'

/** Describes what is known of our material at an instant. Names in it are escaped. */
export function describeMaterial(
  material: LoadedMaterial | null,
  { name, lastSuccess, error, nextRefresh }: RefreshStatus,
  warnBeforeExpirySeconds: number | null,
  at: Date,
): MaterialStatus {
  const endEntity = material?.endEntity ?? null
  const ref = endEntity === null ? null : certificateRef(endEntity, 0)
  return {
    source: name,
    state: material === null ? 'waiting' : stateOf(material, warnBeforeExpirySeconds, at.getTime()),
    subject: ref?.subject ?? null,
    serialNumber: ref?.serial ?? null,
    fingerprint: ref?.fingerprint ?? null,
    spiffeId: material?.spiffeId ?? null,
    notBefore: endEntity === null ? null : new Date(endEntity.notBefore),
    notAfter: endEntity === null ? null : new Date(endEntity.notAfter),
    authoritiesFrom: material?.authoritiesFrom ?? null,
    authorities: material?.authorities.length ?? 0,
    lastSuccess,
    error,
    nextRefresh,
  }
}

function stateOf(
  material: LoadedMaterial,
  warnBeforeExpirySeconds: number | null,
  at: number,
): MaterialStatus['state'] {
  if (material.endEntity !== null && at > material.endEntity.notAfter) return 'expired'
  return at >= warnedFrom(material, warnBeforeExpirySeconds) ? 'expires-soon' : 'current'
}
