/**
 * Finding and removing the headers that a proxy asserts.
 *
 * They are removed from the request on every route, before anything else looks at it: whatever stands behind this application would
 * otherwise take them for its own proxy's word. In every view: `headers`, `rawHeaders`, `headersDistinct`, HTTP/2 included; and of trailers, which
 * come too late to count, as soon as they are there.
 */
import type { HeaderLines } from '../headers/header-format.ts'
import { type AssertedNames, listedIn, resembled } from './asserted-names.ts'
import type { NodeRequest } from './connection.ts'
import { removeLines, removeTrailers, removeWithoutLine } from './remove-lines.ts'

/** What a request had of the asserted headers. */
export interface AssertedHeaders {
  /** Values by name, in lower case, in the order of the request. */
  readonly values: ReadonlyMap<string, readonly string[]>
  /** Names that resemble an asserted one, with the one that they resemble. In lower case. */
  readonly lookAlikes: readonly LookAlike[]
  /** Asserted names that the Connection header lists (RFC 9110 7.6.1). */
  readonly hopByHop: readonly string[]
  /** Names of these kinds that only `headers` has, without a line in `rawHeaders`. */
  readonly withoutLine: readonly string[]
  /** How many header lines the request came with, as far as Node kept them. */
  readonly lines: number
}

interface LookAlike {
  readonly header: string
  readonly resembles: string
}

/**
 * What was taken from a request. Kept so that a second reader of the same request, such as a stricter middleware on a route, finds what the first one
 * found.
 */
interface Taken {
  /** Names and values by turns, as they came. */
  readonly removed: string[]
  readonly withoutLine: string[]
  readonly lines: number
  readonly told: { readonly reader: AssertedNames; readonly found: AssertedHeaders }[]
}

/** Where the note is left on a request. */
const NOTE = Symbol('clientcert: what was taken')

type Noted = NodeRequest & { [NOTE]?: Note }

/**
 * A note of it on the request itself, which says nothing to anybody else, a log of the request included, and nothing on a copy. An entry of a WeakMap costs
 * 0.3 us on each request, and as much again when it is collected (measured); this costs nothing.
 */
class Note {
  readonly #request: NodeRequest
  readonly #taken: Taken

  private constructor(request: NodeRequest, taken: Taken) {
    this.#request = request
    this.#taken = taken
  }

  static on(request: Noted): Taken | undefined {
    const note = request[NOTE]
    return note !== undefined && #taken in note && note.#request === request ? note.#taken : undefined
  }

  static leave(request: Noted, taken: Taken): void {
    request[NOTE] = new Note(request, taken)
  }
}

const NONE: readonly never[] = []
const NO_VALUES: HeaderLines = new Map()

/** Takes the asserted headers and their look-alikes out of the request and returns what they were. */
export function takeAssertedHeaders(request: NodeRequest, asserted: AssertedNames): AssertedHeaders {
  const before = Note.on(request)
  if (before) {
    for (const { reader, found } of before.told) if (reader === asserted) return found
  }
  const lines = before?.lines ?? request.rawHeaders.length / 2
  // Before the removal, since the Connection header may be the very one that names another.
  const { connection } = request.headers
  const hopByHop = connection === undefined ? NONE : listedIn(connection, asserted)
  const removed = removeLines(request, asserted, 'headers')
  const withoutLine = removeWithoutLine(request, asserted)
  removeTrailers(request, asserted)
  const taken = before ?? { removed: removed ?? [], withoutLine: [], lines, told: [] }
  for (const name of withoutLine) taken.withoutLine.push(name)
  // One by one: a call takes some 120,000 arguments, and a server may be told to take more lines than that.
  if (before && removed) for (const text of removed) before.removed.push(text)
  // Before anything reads it, so that whatever happens there, nobody finds a request of which nothing was taken.
  if (!before) Note.leave(request, taken)
  const found = sortRemoved(taken, asserted, hopByHop)
  taken.told.push({ reader: asserted, found })
  return found
}

function sortRemoved(
  { removed, withoutLine: all, lines }: Taken,
  asserted: AssertedNames,
  hopByHop: readonly string[],
): AssertedHeaders {
  const withoutLine = all.length === 0 ? NONE : all.filter((name) => resembled(name, asserted) !== undefined)
  if (removed.length === 0) return { values: NO_VALUES, lookAlikes: NONE, hopByHop, withoutLine, lines }
  const values = new Map<string, string[]>()
  let lookAlikes: LookAlike[] | undefined
  for (let index = 0; index < removed.length; index += 2) {
    const header = (removed[index] ?? '').toLowerCase()
    const value = removed[index + 1] ?? ''
    const resembles = resembled(header, asserted)
    if (resembles === undefined) continue // Asserted to another reader of this request.
    if (resembles !== header) {
      lookAlikes ??= []
      lookAlikes.push({ header, resembles })
    } else if (values.get(header)?.push(value) === undefined) values.set(header, [value])
  }
  return { values, lookAlikes: lookAlikes ?? NONE, hopByHop, withoutLine, lines }
}
