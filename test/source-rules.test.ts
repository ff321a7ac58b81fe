import { describe, expect, test } from 'vitest'
import {
  checkKeptFile,
  checkPublishedSource,
  checkTypeScript,
  countSuppressions,
  LONGEST_UNEXPLAINED_FILE,
} from '../scripts/source-rules.ts'

const messages = (findings: readonly { message: string }[]) => findings.map(({ message }) => message)

describe('suppressions', () => {
  test.each([
    '// @ts-expect-error',
    '// biome-ignore lint/suspicious/noExplicitAny: <explanation>',
    '// eslint-disable-next-line @typescript-eslint/no-unsafe-call',
    '/* v8 ignore next */',
  ])('refuses one without a reason on its line: %s', (line) => {
    expect(messages(checkTypeScript('a.ts', line))).toEqual(['a suppression without its reason on the line'])
    expect(countSuppressions(line)).toBe(1)
  })

  test.each([
    '// @ts-expect-error a bare string is refused by the type',
    '// biome-ignore lint/suspicious/noExplicitAny: the peer types its hook so',
    '// eslint-disable-next-line @typescript-eslint/no-unsafe-call -- the peer has no types',
    '/* v8 ignore next -- only another runtime comes here */',
  ])('accepts one with a reason, and counts it: %s', (line) => {
    expect(checkTypeScript('a.ts', line)).toEqual([])
    expect(countSuppressions(line)).toBe(1)
  })

  test('refuses to hide every error of a line or a file, reason or not', () => {
    expect(checkTypeScript('a.ts', '// @ts-ignore because it is easier')).toHaveLength(1)
    expect(checkTypeScript('a.ts', '// @ts-nocheck because it is easier')).toHaveLength(1)
    expect(checkTypeScript('a.ts', 'const a = b as unknown as C')).toHaveLength(1)
    expect(checkTypeScript('a.ts', 'const a = b as any')).toHaveLength(1)
  })
})

describe('length', () => {
  const lines = (count: number) => 'const a = 1\n'.repeat(count)

  test('accepts a file at the limit and refuses one past it', () => {
    expect(checkTypeScript('a.ts', lines(LONGEST_UNEXPLAINED_FILE))).toEqual([])
    expect(checkTypeScript('a.ts', lines(LONGEST_UNEXPLAINED_FILE + 1))).toHaveLength(1)
  })

  test('accepts a longer file whose header says why it is one', () => {
    const header = '/**\n * The table.\n *\n * One file because its rows are read together.\n */\n'
    expect(checkTypeScript('a.ts', header + lines(LONGEST_UNEXPLAINED_FILE))).toEqual([])
    expect(checkTypeScript('a.ts', `/** The table. */\n${lines(LONGEST_UNEXPLAINED_FILE)}`)).toHaveLength(1)
  })
})

describe('published source', () => {
  test('refuses what an editor may show as something else (CVE-2021-42574)', () => {
    expect(messages(checkPublishedSource('a.ts', 'const a = 1 // \u202e'))).toEqual([
      'U+202E: source is ASCII; write it as an escape',
    ])
    expect(checkPublishedSource('a.ts', 'const a = "\\u202e"')).toEqual([])
  })

  test('refuses an exported verb that does not say what is done', () => {
    expect(checkPublishedSource('a.ts', 'export async function handleRequest() {}')).toHaveLength(1)
    expect(checkPublishedSource('a.ts', 'export function document() {}')).toEqual([])
  })
})

describe('kept files', () => {
  test('refuses a private key and accepts a certificate', () => {
    const body = 'MIIBvTCCAWOgAwIBAgIUfZr5Kxk0b0k0p5m8kz'
    expect(checkKeptFile('a.pem', `-----BEGIN EC PRIVATE KEY-----\n${body}\n`)).toHaveLength(1)
    expect(checkKeptFile('a.pem', `-----BEGIN PRIVATE KEY-----\n${body}\n`)).toHaveLength(1)
    expect(checkKeptFile('a.pem', `-----BEGIN CERTIFICATE-----\n${body}\n`)).toEqual([])
  })

  test('refuses a drawer and accepts a file of that name', () => {
    expect(checkKeptFile('packages/core/src/utils/a.ts', '')).toHaveLength(1)
    expect(checkKeptFile('packages/core/src/types.ts', '')).toEqual([])
  })
})
