import { ADAPTERS } from './applications.ts'
import { differencesIn, type Row } from './compare.ts'
import type { Knock, Way } from './knock.ts'

/** Where the table is written to. */
export interface Screen {
  readonly color: 'color' | 'plain'
  /** Characters in a line. */
  readonly width: number
}

/** A terminal that wants colour: https://no-color.org. */
export const screenOf = ({ isTTY, columns }: Pick<NodeJS.WriteStream, 'isTTY' | 'columns'>, noColor = ''): Screen => ({
  color: isTTY && noColor === '' ? 'color' : 'plain',
  width: isTTY ? columns : Number.POSITIVE_INFINITY,
})

export interface Table {
  readonly head: () => string
  /** @param number - Of the row, from 1. */
  readonly row: (row: Row, number: number) => string
}

const CODES = { bold: 1, red: 31, green: 32, yellow: 33, grey: 90 } as const

const HEADS = ['row', 'client', 'way', 'mode', 'expected', ...ADAPTERS] as const

/** Less room than this is none for a reason: it gets a line of its own then. */
const LEAST_FOR_REASON = 60

/** Creates a table whose columns are as wide as these knocks need. */
export function createTable(knocks: readonly Knock[], screen: Screen): Table {
  const asExpected = knocks.map((knock, index) => [...cellsOf(knock, index + 1), ...ADAPTERS.map(() => knock.expected)])
  const widths = HEADS.map((head, column) =>
    Math.max(head.length, ...asExpected.map((cells) => cells[column]?.length ?? 0)),
  )
  const line = (cells: readonly string[]) => cells.map((cell, column) => cell.padEnd((widths[column] ?? 0) + 2))
  const used = widths.reduce((sum, width) => sum + width + 2, 0)

  const reasonOf = ({ got }: Row): string => {
    const reason = [...new Set(ADAPTERS.flatMap((adapter) => got[adapter].reason ?? []))].join(' | ')
    if (reason === '') return ''
    const isBeside = screen.width - used >= LEAST_FOR_REASON
    const indent = isBeside ? '' : `\n${' '.repeat((widths[0] ?? 0) + 2)}`
    return indent + paint(cut(reason, screen.width - (isBeside ? used : indent.length)), 'grey', screen)
  }

  return {
    head: () => paint(`${line(HEADS).join('')}reason, from the log`, 'bold', screen),
    row: (row, number) => {
      const { knock, got } = row
      const cells = line([...cellsOf(knock, number), ...ADAPTERS.map((adapter) => got[adapter].outcome)])
      const painted = cells.map((cell, column) => {
        const outcome = column < HEADS.length - ADAPTERS.length ? null : cell.trimEnd()
        if (outcome === null) return cell
        return paint(cell, outcome === knock.expected ? colorOf(outcome) : 'red', screen)
      })
      const differences = differencesIn(row).map((each) => `\n${paint(`>> ${each}`, 'red', screen)}`)
      return `${painted.join('')}${reasonOf(row)}${differences.join('')}`.trimEnd()
    },
  }
}

export function paint(text: string, color: keyof typeof CODES, screen: Screen): string {
  return screen.color === 'plain' ? text : `\u001b[${CODES[color]}m${text}\u001b[0m`
}

const cellsOf = ({ client, way, mode, expected }: Knock, number: number): readonly string[] => [
  String(number),
  client,
  nameOf(way),
  mode,
  expected,
]

function nameOf(way: Way): string {
  if (way.kind === 'tls') return 'TLS'
  return way.kind === 'proxy' ? `proxy ${way.verifyClient}` : way.kind
}

/** Green for a client that is known, yellow for one that is let in without, bold for a refusal, after whatever. */
const colorOf = (outcome: string): keyof typeof CODES =>
  /^200[^,]*$/.test(outcome) ? (/nobody|unverified/.test(outcome) ? 'yellow' : 'green') : 'bold'

const cut = (text: string, room: number): string => (text.length > room ? `${text.slice(0, room - 3)}...` : text)
