import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'

/** A run of tests that need a server which is not installed. */
function runCases(environment: Readonly<Record<string, string>>) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/servers/cases/vitest.config.ts'],
    { encoding: 'utf8', env: { PATH: process.env['PATH'] ?? '', NO_COLOR: '1', ...environment } },
  )
  return { status, lines: stdout.trimEnd().split('\n'), errors: stderr }
}

test('a missing server skips its tests, and the run ends with what to do about it', () => {
  const { status, lines } = runCases({})
  expect(status).toBe(0)
  expect(lines.slice(-2)).toEqual(['skipped 1: nowhere is not installed: install it', '0 passed, 0 failed, 1 skipped'])
})

test.each([{ CI: 'true' }, { CLIENTCERT_SERVERS: 'required' }])(
  'a missing server is a failure with %j',
  (environment) => {
    const { status, lines, errors } = runCases(environment)
    expect(status).toBe(1)
    expect(lines.at(-1)).toBe('0 passed, 1 failed, 0 skipped')
    expect(errors).toContain('nowhere is not installed: install it')
  },
)
