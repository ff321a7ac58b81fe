import type { VerifiedPath } from '../path/verified-path.ts'

/** How revocation is checked. This version has `'skip'` alone: it is not checked, and every report says so. */
export const REVOCATION_MODES = ['skip'] as const

export type RevocationMode = (typeof REVOCATION_MODES)[number]

/** What is known about revocation for a path. */
export interface RevocationReport {
  readonly mode: RevocationMode
  /** `'not-checked'` is not `'good'`: nobody was asked. */
  readonly status: 'not-checked'
  /** Until when this may be remembered, in milliseconds. */
  readonly freshUntil: number
}

/**
 * Reports on the revocation of every certificate of a path.
 *
 * Asynchronous, since sources of revocation data are; and it takes a {@link VerifiedPath}, so that nothing is ever fetched for a
 * certificate that is not verified.
 */
export async function checkRevocation(path: VerifiedPath, mode: RevocationMode): Promise<RevocationReport> {
  return Object.freeze({ mode, status: 'not-checked', freshUntil: path.notAfter })
}
