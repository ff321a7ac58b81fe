/** What is required of a file's text beyond what Biome, ESLint and the compiler look at. Pure: path and text in, findings out. */

export type Finding = Readonly<{ path: string; line: number; message: string }>

/** A longer file says in its header why it is one thing. */
export const LONGEST_UNEXPLAINED_FILE = 400

/** Drawers marked miscellaneous: what is in them belongs to a leg of the journey. */
const DRAWERS = new Set(['util', 'utils', 'helper', 'helpers', 'common', 'misc', 'types', 'shared'])

/** Each with what must follow it on its line: the reason. */
const SUPPRESSIONS: readonly Readonly<{ mark: RegExp; reasoned: RegExp }>[] = [
  { mark: /@ts-expect-error/, reasoned: /@ts-expect-error\W*\w+(\W+\w+){2,}/ },
  { mark: /biome-ignore/, reasoned: /biome-ignore(-all|-start|-end)? [\w/]+(\([^)]*\))?: \W*\w+(\W+\w+){2,}/ },
  { mark: /eslint-disable/, reasoned: /eslint-disable(-next-line|-line)? [\w@/, -]+ -- \W*\w+(\W+\w+){2,}/ },
  { mark: /(v8|c8|istanbul) ignore/, reasoned: /(v8|c8|istanbul) ignore \w+( \d+)? -- \W*\w+(\W+\w+){2,}/ },
]

const REFUSED: readonly Readonly<{ pattern: RegExp; message: string }>[] = [
  {
    pattern: /@ts-(ignore|nocheck)/,
    message: 'hides every error of its line: @ts-expect-error with a reason, or none',
  },
  { pattern: /\bas unknown as\b/, message: 'a cast through unknown says nothing is known: narrow with a guard' },
  { pattern: /\bas any\b/, message: 'any switches the checks off: unknown and a guard' },
]

/** Verbs that do not say which of the ten things a function does; CONTRIBUTING.md lists those that do. */
const VAGUE_EXPORT = /^export (async )?function\*? (handle|process|manage|do|validate)([A-Z]\w*)?\b/

const PRIVATE_KEY = /-----BEGIN ([A-Z]+ )*PRIVATE KEY-----\s+[A-Za-z0-9+/]{32}/

/** The suppressions of a text, reasoned or not: their number may only go down. */
export function countSuppressions(text: string): number {
  return text.split('\n').filter((line) => SUPPRESSIONS.some(({ mark }) => mark.test(line))).length
}

/** Rules for TypeScript anywhere in the repository. */
export function checkTypeScript(path: string, text: string): Finding[] {
  const lines = text.split('\n')
  const findings = lines.flatMap((content, index) =>
    lineComplaints(content).map((message) => ({ path, line: index + 1, message })),
  )
  // A final newline is not a line.
  const length = lines.length - (lines.at(-1) === '' ? 1 : 0)
  if (length > LONGEST_UNEXPLAINED_FILE && !/\bone file because\b/i.test(headerOf(text))) {
    const message = `${length} lines, over ${LONGEST_UNEXPLAINED_FILE}, and no "One file because ..." in its header comment`
    findings.push({ path, line: 1, message })
  }
  return findings
}

/** Rules for what is published: also whatever an editor shows as something else than it is (CVE-2021-42574). */
export function checkPublishedSource(path: string, text: string): Finding[] {
  return text.split('\n').flatMap((content, index) => {
    const at = { path, line: index + 1 }
    const findings: Finding[] = []
    const odd = Array.from(content).find((character) => character > '~' || (character < ' ' && character !== '\t'))
    if (odd !== undefined) {
      const codePoint = odd.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')
      findings.push({ ...at, message: `U+${codePoint}: source is ASCII; write it as an escape` })
    }
    if (VAGUE_EXPORT.test(content)) findings.push({ ...at, message: 'a verb that does not say what is done' })
    return findings
  })
}

/** Rules for every file that is kept, whatever is in it. */
export function checkKeptFile(path: string, text: string): Finding[] {
  const findings: Finding[] = []
  const drawer = path
    .split('/')
    .slice(0, -1)
    .find((folder) => DRAWERS.has(folder))
  if (drawer !== undefined)
    findings.push({ path, line: 1, message: `a folder named ${drawer} is a drawer, not a place` })
  const key = PRIVATE_KEY.exec(text)
  if (key !== null) {
    findings.push({
      path,
      line: text.slice(0, key.index).split('\n').length,
      message: 'a private key: mint it where it is used',
    })
  }
  return findings
}

function lineComplaints(content: string): string[] {
  const unreasoned = SUPPRESSIONS.filter(({ mark, reasoned }) => mark.test(content) && !reasoned.test(content))
  return [
    ...unreasoned.map(() => 'a suppression without its reason on the line'),
    ...REFUSED.filter(({ pattern }) => pattern.test(content)).map(({ message }) => message),
  ]
}

/** The comment a file opens with; imports may stand before it. */
function headerOf(text: string): string {
  return /^(?:import [^\n]*\n|\s|\/\/[^\n]*\n)*\/\*\*?([\s\S]*?)\*\//.exec(text)?.[0] ?? ''
}
