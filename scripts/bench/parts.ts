import { UsageError } from '../usage-error.ts'
import { measurePath } from './parts/path/measure-path.ts'
import type { Measured } from './report.ts'

export interface PartOptions {
  readonly rounds: number
  /** How many distinct certificates of each kind are minted. */
  readonly pool: number
  /** About how long one contender's turn is, in milliseconds. */
  readonly turnMs: number
  readonly warmUpMs: number
  /** Told what is under way, since minutes pass. */
  readonly tell: (text: string) => void
}

/** What a part measured, with what only it knows of the machine. */
export interface MeasuredPart extends Measured {
  readonly c: string
}

type Part = (options: PartOptions) => Promise<MeasuredPart>

/** Each with the goals that are its own; null where it is not built yet. */
const PARTS = {
  path: measurePath,
  http: null,
  crl: null,
  ocsp: null,
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
