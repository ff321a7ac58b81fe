import type { LoadedCrl } from '../../../../../packages/core/bench/internals.ts'
import { startStopwatch } from '../../../clock.ts'
import type { Internals } from '../../../internals.ts'
import type { Contender } from '../../../rounds.ts'
import type { RevocationList } from '../lists.ts'

export interface Ours {
  /** Octets that the index takes besides those of the list. */
  readonly indexOctets: number
  readonly judge: (serial: Uint8Array) => boolean
  readonly loadAtOnce: (name: string) => Contender
  readonly loadInSlices: (name: string) => Contender
  readonly find: (name: string) => Contender
}

type Outcome =
  | { readonly ok: true; readonly value: readonly LoadedCrl[] }
  | { readonly ok: false; readonly failure: string }

/** From octets to what can be asked: parsed, every entry checked, indexed. At start in one go, while requests are served in slices. */
export function createOurs({ readCrls, atOnce, inSlices }: Internals, { der, serials }: RevocationList): Ours {
  const onlyOf = (read: Outcome): LoadedCrl => {
    const [crl] = read.ok ? read.value : []
    if (!crl) throw new Error(`clientcert refuses the list: ${read.ok ? 'none in it' : read.failure}`)
    return crl
  }
  const { index, list } = onlyOf(atOnce(readCrls(der, 'bench')))
  let next = 0
  return {
    indexOctets: index.octets,
    judge: (serial) => index.find(serial, list.issuer) !== undefined,
    loadAtOnce: (name) => ({
      name,
      run: async (times) => {
        const elapsed = startStopwatch()
        for (let count = 0; count < times; count++) onlyOf(atOnce(readCrls(der, 'bench')))
        return elapsed()
      },
    }),
    loadInSlices: (name) => ({
      name,
      run: async (times) => {
        const elapsed = startStopwatch()
        for (let count = 0; count < times; count++) onlyOf(await inSlices(readCrls(der, 'bench')))
        return elapsed()
      },
    }),
    find: (name) => ({
      name,
      run: async (times) => {
        let found = 0
        const elapsed = startStopwatch()
        for (let count = 0; count < times; count++) {
          if (index.find(serials[next++ % serials.length] ?? EMPTY, list.issuer)) found++
        }
        const took = elapsed()
        if (found === 0 && times >= serials.length) throw new Error('found nothing')
        return took
      },
    }),
  }
}

const EMPTY = new Uint8Array()
