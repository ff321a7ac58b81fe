/** What is kept, by key, bounded by the bytes it takes: the one that was asked for longest ago goes first. */
import type { Lifetime } from './lifetime.ts'
import type { Kept, Resource } from './resource.ts'

export interface Entry {
  readonly resource: Resource<unknown>
  readonly kept: Kept<unknown>
  readonly fetchedAt: number
  readonly lifetime: Lifetime
  /** When somebody asked for it last, in milliseconds. */
  readonly askedAt: number
}

/** The entry itself with its key, its times and its place in the map. */
const OVERHEAD_BYTES = 1_024

export interface Entries {
  /** Finds an entry, and remembers that somebody asked for it at that time. */
  readonly ask: (resource: Resource<unknown>, now: number) => Entry | undefined
  readonly peek: (key: string) => Entry | undefined
  /** @returns False where it is larger than all the room there is. */
  readonly put: (entry: Entry) => boolean
  readonly all: () => Iterable<Entry>
  readonly size: () => { readonly entries: number; readonly bytes: number }
  readonly clear: () => void
}

export function createEntries(maxBytes: number): Entries {
  /** In the order in which they were asked for. */
  const entries = new Map<string, Entry>()
  let bytes = 0
  const sizeOf = ({ kept }: Entry) => kept.bytes + OVERHEAD_BYTES
  const remove = (key: string) => {
    const entry = entries.get(key)
    if (entry === undefined) return
    entries.delete(key)
    bytes -= sizeOf(entry)
  }
  return {
    ask: (resource, now) => {
      const { key } = resource
      const entry = entries.get(key)
      if (entry === undefined) return undefined
      const asked = { ...entry, resource, askedAt: now }
      entries.delete(key)
      entries.set(key, asked)
      return asked
    },
    peek: (key) => entries.get(key),
    put: (entry) => {
      const { key } = entry.resource
      const size = sizeOf(entry)
      remove(key)
      if (size > maxBytes) return false
      for (const [oldest] of entries) {
        if (bytes + size <= maxBytes) break
        remove(oldest)
      }
      entries.set(key, entry)
      bytes += size
      return true
    },
    all: () => entries.values(),
    size: () => ({ entries: entries.size, bytes }),
    clear: () => {
      entries.clear()
      bytes = 0
    },
  }
}
