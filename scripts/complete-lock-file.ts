/** Adds to package-lock.json what lock-file.ts finds missing. After an `npm install` that changed a tool. */

import { readFileSync, writeFileSync } from 'node:fs'
import { entryFor, type LockFile, missingPackages } from './lock-file.ts'

const path = 'package-lock.json'
const lock = JSON.parse(readFileSync(path, 'utf8')) as LockFile
const missing = missingPackages(lock)
const added = missing.map((wanted) => [wanted.path, entryFor(wanted)] as const)
// npm sorts by path: the next `npm install` then changes nothing.
const packages = Object.fromEntries(
  [...Object.entries(lock.packages), ...added].sort(([a], [b]) => a.localeCompare(b, 'en')),
)
writeFileSync(path, `${JSON.stringify({ ...lock, packages }, null, 2)}\n`)
console.log(`lock file: ${missing.length} optional packages added`)
