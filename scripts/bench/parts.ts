import { UsageError } from '../usage-error.ts'
import type { Part } from './part.ts'
import { measureCrl } from './parts/crl/measure-crl.ts'
import { measureOcsp } from './parts/ocsp/measure-ocsp.ts'
import { measurePath } from './parts/path/measure-path.ts'

/** Each with the goals that are its own; null where it is not built yet. */
const PARTS = {
  path: measurePath,
  http: null,
  crl: measureCrl,
  ocsp: measureOcsp,
} as const satisfies Readonly<Record<string, Part | null>>

export const PART_NAMES = Object.keys(PARTS)

/** @throws {UsageError} For a name that is none, and for a part that is not built: an empty table would look like a good one. */
export function partOf(name: string): Part {
  const built = Object.entries<Part | null>(PARTS).flatMap(([each, part]) => (part ? [each] : []))
  const part = Object.entries<Part | null>(PARTS).find(([each]) => each === name)?.[1]
  if (part) return part
  if (part === null) throw new UsageError(`the part ${name} is not built yet; there is: ${built.join(', ')}`)
  throw new UsageError(`there is no part ${JSON.stringify(name)}; the parts are ${PART_NAMES.join(', ')}`)
}
