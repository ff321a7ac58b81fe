/** Writes `docs/errors.md` from the codes there are; with `--check` it fails instead where the file says something else. */

import { readFileSync, writeFileSync } from 'node:fs'
import { CONFIGURATION_CODES, FAILURES } from '@clientcert/core'
import { errorsDocument } from './errors-document.ts'
import { OUTGOING_FAILURES } from './outgoing-failures.ts'

const PATH = 'docs/errors.md'

const text = errorsDocument(FAILURES, OUTGOING_FAILURES, CONFIGURATION_CODES)

if (!process.argv.includes('--check')) {
  writeFileSync(PATH, text)
} else if (readFileSync(PATH, 'utf8') !== text) {
  console.error(`${PATH} is out of date: run \`npm run docs:errors\``)
  process.exitCode = 1
}
