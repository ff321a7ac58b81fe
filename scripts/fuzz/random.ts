import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** Chance that can be repeated: the same seed gives the same choices. */
export interface Random {
  /** A whole number from 0 to `limit` - 1. */
  readonly below: (limit: number) => number
  readonly isOneIn: (odds: number) => boolean
  /** One of the items, of which there has to be one. */
  readonly pick: <Item>(items: readonly Item[]) => Item
  readonly octets: (length: number) => Uint8Array
}

export function createRandom(seed: number): Random {
  const generator = xoroshiro128plus(seed)
  const below = (limit: number): number => uniformInt(generator, 0, limit - 1)
  return {
    below,
    isOneIn: (odds) => below(odds) === 0,
    pick: (items) => {
      const item = items[below(items.length)]
      if (item === undefined) throw new RangeError('nothing to pick from')
      return item
    },
    octets: (length) => Uint8Array.from({ length }, () => below(256)),
  }
}
