/** The names that a proxy asserts, prepared once for a scan of each request. */

/** What a character of a name folds into, by its code: lower case for letters, themselves for digits, a hyphen for all others. */
const FOLDED = Uint8Array.from({ length: 128 }, (_, code) =>
  String.fromCharCode(code)
    .toLowerCase()
    .replace(/[^a-z0-9]/, '-')
    .charCodeAt(0),
)
const HYPHEN = FOLDED[0] ?? 0

const foldedCode = (name: string, index: number): number => FOLDED[name.charCodeAt(index)] ?? HYPHEN

/**
 * A name as those see it who fold it: CGI and what grew out of it keep letters and digits and turn everything else into one character (RFC 3875 4.1.18;
 * Apache and PHP do so for any punctuation), so that names which differ in nothing else are one name to them.
 */
export const foldHeaderName = (name: string): string =>
  String.fromCharCode(...Array.from(name, (_, index) => foldedCode(name, index)))

/** The names to look for. */
export interface AssertedNames {
  readonly names: readonly string[]
  /** Those with so many characters, by that number: a look-alike has the length of what it resembles, so most headers are passed over by it. */
  readonly byLength: readonly (readonly AssertedName[] | undefined)[]
  readonly shortest: number
}

interface AssertedName {
  readonly name: string
  readonly folded: Uint8Array
}

/** @param names - In lower case; at least one. */
export function assertedNames(names: readonly string[]): AssertedNames {
  const byLength: AssertedName[][] = []
  for (const name of new Set(names)) {
    const folded = Uint8Array.from(name, (_, index) => foldedCode(name, index))
    byLength[name.length] = [...(byLength[name.length] ?? []), { name, folded }]
  }
  return { names: [...names], byLength: Array.from(byLength), shortest: Math.min(...names.map(({ length }) => length)) }
}

/**
 * The asserted name that a name is or resembles, in whatever case; undefined for all others.
 *
 * Compares code by code: a name that is another differs in its first characters, where lower case, folding and hashing of the whole took six times as long.
 */
export function resembled(header: string, { byLength }: AssertedNames): string | undefined {
  const candidates = byLength[header.length]
  if (candidates === undefined) return undefined
  for (const { name, folded } of candidates) if (isFoldedInto(header, folded)) return name
  return undefined
}

function isFoldedInto(header: string, folded: Uint8Array): boolean {
  for (let index = 0; index < folded.length; index++) if (foldedCode(header, index) !== folded[index]) return false
  return true
}

/** What is no character of a token (RFC 9110 5.6.2): in a list of names, all that can stand between two of them. */
const BETWEEN_TOKENS = /[^A-Za-z0-9!#$%&'*+.^_`|~-]+/

/**
 * The asserted names that a Connection header lists, by themselves or by a look-alike (RFC 9110 7.6.1).
 *
 * Whatever separates two tokens separates them here: Apache takes `a b` and `a;b` for two names (ap_get_token), and deletes its own header for either.
 * Every option is looked at, however many: with a bound, what stands behind the last one that is looked at would pass. Node bounds the header (16 kB by
 * default).
 */
export function listedIn(connection: string, asserted: AssertedNames): readonly string[] {
  if (connection.length < asserted.shortest) return NONE
  const listed = new Set<string>()
  for (const option of connection.split(BETWEEN_TOKENS)) {
    const name = resembled(option, asserted)
    if (name !== undefined) listed.add(name)
  }
  return listed.size === 0 ? NONE : [...listed]
}

const NONE: readonly string[] = []
