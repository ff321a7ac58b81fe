import type { HandshakeMaterial } from './revocation/handshake-material.ts'

/**
 * Puts the material of several hosts together, for a handshake that names none of them: whoever none of them knows is refused there.
 *
 * @returns Null where that of any is not at hand.
 */
export function hostsMaterial(each: readonly (HandshakeMaterial | null)[]): HandshakeMaterial | null {
  const all = each.filter((material) => material !== null)
  if (all.length < each.length) return null
  return Object.freeze({
    epoch: all.reduce((sum, { epoch }) => sum + epoch, 0),
    ca: [...new Set(all.flatMap(({ ca }) => ca))],
    crl: [...new Set(all.flatMap(({ crl }) => crl))],
    gaps: gapsOf(all),
    freshUntil: earliest(all.map(({ freshUntil }) => freshUntil)),
    changesAt: earliest(all.map(({ changesAt }) => changesAt)),
  })
}

/** An authority that two hosts trust is missed once. */
function gapsOf(all: readonly HandshakeMaterial[]): HandshakeMaterial['gaps'] {
  const gaps = all.flatMap((material) => material.gaps)
  return [...new Map(gaps.map((gap) => [`${gap.kind} ${gap.authority} ${gap.because}`, gap])).values()]
}

function earliest(instants: readonly (Date | null)[]): Date | null {
  const known = instants.flatMap((instant) => (instant === null ? [] : [instant.getTime()]))
  return known.length === 0 ? null : new Date(Math.min(...known))
}
