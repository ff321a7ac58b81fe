/** Which prefix is the longest of a path: literally, as Envoy matches, so a prefix need not end where a segment does. */

/** What a prefix leads to; `ambiguous` where the path as it stands and the path decoded lead to different ones. */
export type Found<Entry> =
  | { readonly outcome: 'found'; readonly entry: Entry }
  | { readonly outcome: 'none' }
  | { readonly outcome: 'ambiguous' }

export interface PrefixTable<Entry> {
  /** @param path - Decodable, or this throws. */
  readonly find: (path: string) => Found<Entry>
}

/** @param entries - By prefix, decodable. No two of them with the same prefix once decoded. */
export function createPrefixTable<Entry>(entries: ReadonlyMap<string, Entry>): PrefixTable<Entry> {
  const literal = createIndex(entries)
  const decoded = createIndex(new Map([...entries].map(([prefix, entry]) => [decodeURIComponent(prefix), entry])))
  const isEncoded = [...entries.keys()].some((prefix) => prefix.includes('%'))
  return {
    find: (path) => {
      const entry = literal(path)
      // A router that decodes (Fastify's does) and one that does not must not come to different mappings.
      const differs = (isEncoded || path.includes('%')) && decoded(decodeURIComponent(path)) !== entry
      if (differs) return { outcome: 'ambiguous' }
      return entry === undefined ? { outcome: 'none' } : { outcome: 'found', entry }
    },
  }
}

/** One look-up for each length that a prefix has, the longest first. */
function createIndex<Entry>(entries: ReadonlyMap<string, Entry>): (path: string) => Entry | undefined {
  const lengths = [...new Set([...entries.keys()].map((prefix) => prefix.length))].sort((a, b) => b - a)
  return (path) => {
    for (const length of lengths) {
      const entry = length > path.length ? undefined : entries.get(path.slice(0, length))
      if (entry !== undefined) return entry
    }
    return undefined
  }
}
