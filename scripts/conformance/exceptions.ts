import { UsageError } from '../usage-error.ts'
import { listOf, readJson } from './read-json.ts'
import type { Verdict } from './suite.ts'

/** A disagreement that is argued for: what the suite expects, what the library does, and why. */
export interface Exception {
  readonly id: string
  readonly expected: Verdict
  readonly actual: Verdict
  readonly reason: string
}

/** Fewer words are no argument. */
const LEAST_WORDS = 12

/** Reads the exceptions, each of which must be one: a disagreement, argued, and given once. */
export function readExceptions(path: string): ReadonlyMap<string, Exception> {
  const exceptions = new Map<string, Exception>()
  for (const fields of listOf(readJson(path), path)) {
    const id = fields.text('id')
    const [expected, actual] = [readVerdict(fields.text('expected'), id), readVerdict(fields.text('actual'), id)]
    const reason = fields.text('reason')
    if (expected === actual) throw new UsageError(`${path}: ${id} expects what it says happens`)
    if (reason.split(/\s+/).length < LEAST_WORDS) throw new UsageError(`${path}: ${id} is not argued`)
    if (exceptions.has(id)) throw new UsageError(`${path}: ${id} stands twice`)
    exceptions.set(id, { id, expected, actual, reason })
  }
  return exceptions
}

function readVerdict(word: string, id: string): Verdict {
  if (word === 'accept' || word === 'reject') return word
  throw new UsageError(`${id}: ${word} is neither accept nor reject`)
}
