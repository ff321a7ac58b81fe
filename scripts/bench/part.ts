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
  readonly machine: Readonly<Record<string, string>>
}

export type Part = (options: PartOptions) => Promise<MeasuredPart>
