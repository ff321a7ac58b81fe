/** CRLs at a URL that the operator named: loaded at start and again in time, the last good ones kept. */
import { escapeHostile } from '../../encoding/escape.ts'
import { inSlices } from '../../slices.ts'
import type { Fetch } from '../fetch/fetched.ts'
import { type CrlSource, isSameCrls } from './crl-sources.ts'
import { type LoadedCrl, readCrls } from './loaded-crl.ts'

export interface UrlSourceOptions {
  readonly fetch: Fetch
  readonly maxCrlBytes: number
  /** How long a list is relied on before it is looked for a newer one. */
  readonly refreshMs: number
}

/** A list is looked for again when nine tenths of its time have passed, so that one outage is not the end of it. */
const AHEAD = 0.1

/**
 * Makes a source of CRLs out of a URL.
 *
 * Each process fetches for itself: nobody can say of such a list whose it is before a certificate is asked about, and what has not been verified is not
 * shared. Its signature is verified when it is asked.
 */
export function urlSource(url: string, { fetch, maxCrlBytes, refreshMs }: UrlSourceOptions): CrlSource {
  const name = escapeHostile(url)
  return {
    name,
    load: async () => {
      const fetched = await fetch({ url, accept: 'application/pkix-crl', maxBytes: maxCrlBytes })
      if (!fetched.ok) throw new Error(`${fetched.failure.because}: ${fetched.failure.detail}`)
      const crls = await inSlices(readCrls(fetched.value.octets, name))
      if (!crls.ok) throw new Error(crls.failure)
      return crls.value
    },
    isSame: isSameCrls,
    dueAt: (crls, now) => dueAt(crls, now, refreshMs),
  }
}

/** After `refreshMs`, or shortly before the first list is out of date; not all processes of a fleet at once. */
function dueAt(crls: readonly LoadedCrl[], now: number, refreshMs: number): number {
  const ends = crls.map(({ list: { thisUpdate, nextUpdate } }) =>
    nextUpdate === null ? now : nextUpdate - AHEAD * (nextUpdate - thisUpdate),
  )
  const due = Math.min(now + refreshMs, ...ends.filter((end) => end > now))
  return due - Math.random() * AHEAD * (due - now)
}
