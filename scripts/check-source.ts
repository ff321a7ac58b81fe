/** Reads every kept file against source-rules.ts; prints the findings and what the source looks like in numbers. */

import { readFileSync } from 'node:fs'
import { keptFiles } from './kept-files.ts'
import { checkKeptFile, checkPublishedSource, checkTypeScript, countSuppressions } from './source-rules.ts'

/** What there is now. Lower it when one goes; raising it is a decision to argue for. */
const MOST_SUPPRESSIONS = 1

/** These name what they look for. */
const QUOTES_THE_RULES = new Set(['scripts/source-rules.ts', 'test/source-rules.test.ts'])

const files = keptFiles()
  .filter((path) => !QUOTES_THE_RULES.has(path))
  .map((path) => ({ path, text: readFileSync(path, 'utf8') }))
const typeScript = files.filter(({ path }) => path.endsWith('.ts'))
const published = typeScript.filter(({ path }) => /^packages\/[^/]+\/src\//.test(path))

const findings = [
  ...files.flatMap(({ path, text }) => checkKeptFile(path, text)),
  ...typeScript.flatMap(({ path, text }) => checkTypeScript(path, text)),
  ...published.flatMap(({ path, text }) => checkPublishedSource(path, text)),
]

const suppressions = published.reduce((sum, { text }) => sum + countSuppressions(text), 0)
if (suppressions > MOST_SUPPRESSIONS) {
  findings.push({ path: 'packages', line: 0, message: `${suppressions} suppressions, ${MOST_SUPPRESSIONS} allowed` })
}
if (/"resolved": "https?:/.test(readFileSync('package-lock.json', 'utf8'))) {
  findings.push({ path: 'package-lock.json', line: 0, message: 'names a host; .npmrc should have kept it out' })
}

const lengths = published.map(({ text }) => text.split('\n').length - 1).sort((a, b) => a - b)
console.log(
  `source: ${files.length} files read; published ${published.length}, ` +
    `median ${lengths[Math.floor(lengths.length / 2)] ?? 0} lines, longest ${lengths.at(-1) ?? 0}; ${suppressions} suppressions`,
)
for (const { path, line, message } of findings) console.error(`${path}:${line}: ${message}`)
if (findings.length > 0) process.exitCode = 1
