import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Report } from '../../scripts/conformance/report.ts'
import { run } from '../../scripts/conformance/run.ts'

/** The suites are not ours to keep, so they are read where they stand. */
const FOLDER = process.env['CLIENTCERT_CONFORMANCE'] ?? join(import.meta.dirname, '../../../shared/conformance')
const FILES = {
  limbo: join(FOLDER, 'limbo-dev.json.gz'),
  profile: join(FOLDER, 'limbo-dev.profile.json'),
  pkits: join(FOLDER, 'pkits-dev.json.gz'),
}
const ABSENT = 'x509-limbo and PKITS are not beside this checkout (../shared/conformance, or CLIENTCERT_CONFORMANCE)'

test('agrees with x509-limbo and PKITS, but for what is argued', async (context) => {
  if (!Object.values(FILES).every((path) => existsSync(path))) return context.skip(ABSENT)
  const printed: string[] = []
  const args = ['--limbo', FILES.limbo, '--profile', FILES.profile, '--pkits', FILES.pkits, '--json']
  const code = await run(args, (text) => printed.push(text))
  const { suites, disagreements } = JSON.parse(printed.join('')) as Report

  expect(disagreements.filter(({ excepted }) => !excepted)).toEqual([])
  expect(suites.filter(({ slow }) => slow > 0)).toEqual([])
  const required = suites.filter(({ profile }) => profile === 'required')
  expect(required.map(({ suite, agree }) => [suite, agree])).toEqual(required.map(({ suite, cases }) => [suite, cases]))
  expect(required.map(({ suite, cases }) => [suite, cases])).toEqual([
    ['limbo', 103],
    ['pkits', 125],
  ])
  expect(code).toBe(0)
})
