/**
 * Reading options, strictly and once. Nothing falls back: a misspelt name, a wrong type, a value given as `undefined` are mistakes
 * that are thrown at construction. (Measured in a popular plugin: `max: '2'` silently ran with a limit of 1000.)
 */
import { ConfigurationError, shown } from './configuration-error.ts'

/** The keys that were given, with values nobody has looked at yet. */
export type Given<Key extends PropertyKey> = { readonly [Name in Key]?: unknown }

/**
 * Reads an options object: one whose own keys are all known, none of whose values is `undefined`, and which inherits no option. (A getter `allow`
 * of a class stands on its prototype, and passed over it would admit everybody.)
 *
 * @param option - Its path, for messages; `''` for the outermost one.
 */
export function readObject<Key extends PropertyKey>(value: unknown, option: string, known: readonly Key[]): Given<Key> {
  const name = option === '' ? 'options' : option
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ConfigurationError('ERR_CONFIG_TYPE', name, `is ${shown(value)}`, `Give an object with ${list(known)}.`)
  }
  const inherited = known.find((key) => key in value && !Object.hasOwn(value, key))
  if (inherited !== undefined) {
    const fix = 'Give it as a property of the object itself: what only its prototype has would be passed over.'
    throw new ConfigurationError('ERR_CONFIG_TYPE', pathOf(option, inherited), 'is inherited', fix)
  }
  const given: { [Name in Key]?: unknown } = {}
  Object.setPrototypeOf(given, null) // An option that was not given must not be found on a prototype.
  for (const key of Reflect.ownKeys(value)) {
    const path = pathOf(option, key)
    const name = known.find((candidate) => candidate === key)
    if (name === undefined) {
      throw new ConfigurationError('ERR_CONFIG_UNKNOWN_OPTION', path, 'is not an option', suggestion(key, known))
    }
    const read: unknown = Reflect.get(value, key)
    given[name] = read
    if (read === undefined) {
      throw new ConfigurationError('ERR_CONFIG_TYPE', path, 'is given as undefined', 'Leave it out or give it a value.')
    }
  }
  return given
}

export const pathOf = (option: string, key: PropertyKey): string =>
  option === '' ? String(key) : typeof key === 'number' ? `${option}[${key}]` : `${option}.${String(key)}`

/** Reads one of a closed set of words. */
export function readWord<Word extends string>(value: unknown, option: string, words: readonly Word[]): Word {
  const word = words.find((candidate) => candidate === value)
  if (word !== undefined) return word
  throw new ConfigurationError('ERR_CONFIG_VALUE', option, `is ${shown(value)}`, `Use one of ${list(words)}.`)
}

/** Reads a whole number within a range. */
export function readInteger(value: unknown, option: string, minimum: number, maximum: number): number {
  if (typeof value !== 'number') {
    throw new ConfigurationError('ERR_CONFIG_TYPE', option, `is ${shown(value)}`, 'Give a number.')
  }
  if (Number.isInteger(value) && value >= minimum && value <= maximum) return value
  throw new ConfigurationError(
    'ERR_CONFIG_RANGE',
    option,
    `is ${value}`,
    `Give a whole number from ${minimum} to ${maximum}.`,
  )
}

/** Reads a string that is not empty. */
export function readString(value: unknown, option: string, secret: 'open' | 'secret' = 'open'): string {
  if (typeof value === 'string' && value !== '') return value
  throw new ConfigurationError(
    'ERR_CONFIG_TYPE',
    option,
    `is ${shown(value, secret)}`,
    'Give a string that is not empty.',
  )
}

/** Reads a function. */
export function readFunction<Signature extends (...args: never[]) => unknown>(
  value: unknown,
  option: string,
): Signature {
  if (typeof value === 'function') return value as Signature
  throw new ConfigurationError('ERR_CONFIG_TYPE', option, `is ${shown(value)}`, 'Give a function.')
}

/** Reads an array that is not empty. */
export function readArray(value: unknown, option: string): readonly unknown[] {
  if (Array.isArray(value) && value.length > 0) return value
  throw new ConfigurationError('ERR_CONFIG_TYPE', option, `is ${shown(value)}`, 'Give an array that is not empty.')
}

export const list = (words: readonly PropertyKey[]): string => words.map((word) => `\`${String(word)}\``).join(', ')

/** An adapter that takes Node's options as well knows more names than anybody reads behind the one that was meant. */
const MAX_LISTED = 20

function suggestion(key: PropertyKey, known: readonly PropertyKey[]): string {
  // What weakens security has to be imported before it can be written: a string that reads like it does not do.
  const symbol = known.find((name) => typeof name === 'symbol' && name.description === key)
  if (symbol !== undefined) return `It is a symbol: import { ${String(key)} } and write [${String(key)}] as the key.`
  const near = nearest(
    String(key),
    known.filter((name) => typeof name === 'string'),
  )
  if (near === undefined) return `Options here: ${list(known)}.`
  return known.length > MAX_LISTED
    ? `Did you mean \`${near}\`?`
    : `Did you mean \`${near}\`? Options here: ${list(known)}.`
}

/** The name that is fewest edits away, if it is less than half the word away. */
export function nearest(word: string, names: readonly string[]): string | undefined {
  let best: string | undefined
  let least = Math.max(2, Math.ceil(word.length / 2))
  for (const name of names) {
    const edits = editDistance(word.toLowerCase(), name.toLowerCase())
    if (edits < least) [best, least] = [name, edits]
  }
  return best
}

/** Levenshtein's distance, by rows. Words are option names, so the square of their length is nothing. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
