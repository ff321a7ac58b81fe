/**
 * Finding and removing the headers that a proxy asserts.
 *
 * They are removed from the request on every route, before anything else looks at it: whatever stands behind this application would
 * otherwise take them for its own proxy's word. In every view: `headers`, `rawHeaders`, `headersDistinct`, HTTP/2 included.
 */
import type { NodeRequest } from './connection.ts'

/** What a request had of the asserted headers. */
export interface AssertedHeaders {
  /** Values by name, in lower case, in the order of the request. */
  readonly values: ReadonlyMap<string, readonly string[]>
  /** Names that resemble an asserted one, with the one that they resemble. In lower case. */
  readonly lookAlikes: readonly { readonly header: string; readonly resembles: string }[]
  /** Asserted names that the Connection header lists (RFC 9110 7.6.1). */
  readonly hopByHop: readonly string[]
  /** How many header lines the request came with, as far as Node kept them. */
  readonly lines: number
}

/** The names to look for, prepared once. */
export interface AssertedNames {
  readonly names: ReadonlySet<string>
  /** A look-alike has the length of what it resembles, so most headers are passed over by their length alone. */
  readonly lengths: ReadonlySet<number>
}

export const assertedNames = (names: Iterable<string>): AssertedNames => {
  const set = new Set(names)
  return { names: set, lengths: new Set([...set].map(({ length }) => length)) }
}

/**
 * What each request had: the raw pairs that were removed, how many lines it came with, and what each reader was told. Kept so that a second reader of
 * the same request, such as a stricter middleware on a route, finds what the first one found, and so that nobody pays for it twice.
 */
interface Taken {
  readonly removed: string[]
  readonly lines: number
  readonly told: Map<AssertedNames, AssertedHeaders>
}

const takenFrom = new WeakMap<object, Taken>()

/** Takes the asserted headers and their look-alikes out of the request and returns what they were. */
export function takeAssertedHeaders(request: NodeRequest, asserted: AssertedNames): AssertedHeaders {
  let taken = takenFrom.get(request)
  const known = taken?.told.get(asserted)
  if (known) return known
  taken ??= { removed: [], lines: request.rawHeaders.length / 2, told: new Map() }
  takenFrom.set(request, taken)
  // Before the removal, since the Connection header may be the very one that names another.
  const hopByHop = listedInConnection(request, asserted)
  removeFrom(request, asserted, taken.removed)
  const found = { ...sortRemoved(taken.removed, asserted), hopByHop, lines: taken.lines }
  taken.told.set(asserted, found)
  return found
}

function sortRemoved(
  removed: readonly string[],
  asserted: AssertedNames,
): Pick<AssertedHeaders, 'values' | 'lookAlikes'> {
  const values = new Map<string, string[]>()
  const lookAlikes: { header: string; resembles: string }[] = []
  for (let index = 0; index < removed.length; index += 2) {
    const header = (removed[index] ?? '').toLowerCase()
    const value = removed[index + 1] ?? ''
    const resembles = resembled(header, asserted)
    if (resembles === undefined) continue // Asserted to another reader of this request.
    if (resembles !== header) lookAlikes.push({ header, resembles })
    else if (values.get(header)?.push(value) === undefined) values.set(header, [value])
  }
  return { values, lookAlikes }
}

/** The asserted name that a name, in lower case, is or resembles; undefined for all others. */
export function resembled(header: string, { names, lengths }: AssertedNames): string | undefined {
  if (!lengths.has(header.length)) return undefined
  if (names.has(header)) return header
  const folded = header.replace(/[_.]/g, '-')
  if (names.has(folded)) return folded
  return [...names].find((name) => name.replace(/[_.]/g, '-') === folded)
}

function removeFrom(request: NodeRequest, asserted: AssertedNames, all: string[]): void {
  const { rawHeaders } = request
  const kept: string[] = []
  const removed: string[] = []
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? ''
    const isAsserted = asserted.lengths.has(name.length) && resembled(name.toLowerCase(), asserted) !== undefined
    ;(isAsserted ? removed : kept).push(name, rawHeaders[index + 1] ?? '')
  }
  if (removed.length === 0) return
  // Node makes `headers` and `headersDistinct` of `rawHeaders` when first asked for, and by a count taken before: both are asked for while it is whole.
  const views: object[] = 'headersDistinct' in request ? [request.headers, request.headersDistinct] : [request.headers]
  rawHeaders.splice(0, rawHeaders.length, ...kept)
  for (const view of views) {
    for (let index = 0; index < removed.length; index += 2)
      Reflect.deleteProperty(view, (removed[index] ?? '').toLowerCase())
  }
  all.push(...removed)
}

/**
 * Every option is looked at, however many: with a bound, what stands behind the last one that is looked at would pass. Node bounds the header
 * (16 kB by default); a search of the whole text comes first, so that only a header that names one is taken apart.
 */
function listedInConnection(request: NodeRequest, { names }: AssertedNames): readonly string[] {
  const { connection } = request.headers
  if (connection === undefined || connection.length < 3) return []
  const folded = connection.toLowerCase().replace(/[_.]/g, '-')
  if (![...names].some((name) => folded.includes(name))) return []
  const options = new Set(folded.split(',').map((option) => option.trim()))
  return [...names].filter((name) => options.has(name))
}
