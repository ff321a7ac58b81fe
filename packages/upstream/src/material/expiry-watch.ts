import { certificateRef } from '@clientcert/core/x509'
import type { LoadedMaterial } from './material.ts'
import { materialError } from './material-error.ts'

/** A fifth of the lifetime leaves time for two more attempts to those that renew after two thirds (cert-manager), and four fifths of an hour-long one unmentioned. */
const WARNED_PART = 1 / 5

/** Whoever has a year wants to be told a week before, not ten. */
const MAX_WARNED_MS = 7 * 86_400_000

/** Node counts timers in 31 bits of milliseconds; a longer one would fire at once. */
const MAX_TIMER_MS = 86_400_000

/** When our certificate is to be spoken of, in milliseconds since 1970; infinite where there is none. */
export function warnedFrom({ endEntity }: LoadedMaterial, warnBeforeExpirySeconds: number | null): number {
  if (endEntity === null) return Number.POSITIVE_INFINITY
  const { notBefore, notAfter } = endEntity
  const before =
    warnBeforeExpirySeconds === null
      ? Math.min((notAfter - notBefore) * WARNED_PART, MAX_WARNED_MS)
      : warnBeforeExpirySeconds * 1000
  return notAfter - before
}

export interface ExpiryWatch {
  /** Watches this material from now on, and no other. */
  readonly follow: (material: LoadedMaterial) => void
  readonly close: () => void
}

/**
 * Says that our certificate expires soon, and that it has expired: once each for a certificate, by timers that do not keep the process alive.
 *
 * @param from - Where the material is from, for people.
 */
export function createExpiryWatch(
  from: string,
  warnBeforeExpirySeconds: number | null,
  clock: () => Date,
  report: (error: Error) => void,
): ExpiryWatch {
  let timer: NodeJS.Timeout | undefined
  let said: { readonly fingerprint: string; readonly hasExpired: boolean } | undefined

  const look = (material: LoadedMaterial): void => {
    const { endEntity } = material
    if (endEntity === null) return
    const at = clock()
    const certificate = certificateRef(endEntity, 0)
    const { fingerprint } = certificate
    const hasExpired = at.getTime() > endEntity.notAfter
    const warned = warnedFrom(material, warnBeforeExpirySeconds)
    const isKnown = said?.fingerprint === fingerprint && said.hasExpired === hasExpired
    if ((hasExpired || at.getTime() >= warned) && !isKnown) {
      said = { fingerprint, hasExpired }
      const code = hasExpired ? 'ERR_MATERIAL_EXPIRED' : 'ERR_MATERIAL_EXPIRES_SOON'
      const evidence = { option: 'warnBeforeExpirySeconds', from, certificate, at }
      report(materialError(code, { ...evidence, notAfter: new Date(endEntity.notAfter) }))
    }
    if (hasExpired) return
    const next = at.getTime() < warned ? warned : endEntity.notAfter + 1
    const wait = Math.min(Math.max(next - at.getTime(), 1), MAX_TIMER_MS)
    timer = setTimeout(look, wait, material).unref()
  }

  const close = (): void => clearTimeout(timer)
  return {
    follow: (material) => {
      close()
      look(material)
    },
    close,
  }
}
