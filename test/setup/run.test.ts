import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'

/** What a program reading the run of `cases/` sees: its status and its lines without colour. */
function runCases(): { status: number | null; lines: string[]; errors: string } {
  const vitest = 'node_modules/vitest/vitest.mjs'
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [vitest, 'run', '--config', 'test/setup/cases/vitest.config.ts'],
    {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], NO_COLOR: '1' },
    },
  )
  return { status, lines: stdout.trimEnd().split('\n'), errors: stderr }
}

describe('a run of tests', () => {
  const { status, lines, errors } = runCases()

  test('fails a test that writes to the console', () => {
    expect(status).toBe(1)
    expect(errors).toContain('console.warn(about to be noticed)')
  })

  test('ends with the tally, in which a file that does not load is a failure', () => {
    expect(lines.at(-1)).toBe('1 passed, 2 failed, 2 skipped')
  })

  test('says why it skipped, just before', () => {
    expect(lines.at(-2)).toBe('skipped 1: a server is not installed')
  })

  test('tells what a test has to tell, before that', () => {
    expect(lines.at(-3)).toBe('one thing was looked at')
  })
})
