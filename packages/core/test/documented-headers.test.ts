/** The tables of docs/deploy/README.md against the registry, whose roles are no export of the package. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { createFormat, FORMATS, PROXY_NAMES } from '../src/headers/registry.ts'

const page = readFileSync('docs/deploy/README.md', 'utf8')

describe('docs/deploy/README.md', () => {
  const rows = page.split('\n').map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')))

  test('has the names of `headers` for each proxy', () => {
    const said = rows.filter(([, proxy, , end, ...more]) => proxy?.startsWith("'") && end === '' && more.length === 0)
    const taken = Object.entries(FORMATS).map(([name, { headers }]) => [`'${name}'`, Object.keys(headers).join(', ')])
    expect(said.map(([, proxy, roles]) => [proxy, roles])).toEqual(taken)
  })

  test.each(PROXY_NAMES)('has the header in which %s sends the certificate, and the one with its verdict', (name) => {
    const { certificateHeader, verdictHeader } = createFormat(name)
    const row = rows.find(([, , proxy]) => proxy === `'${name}'`) ?? []
    expect([row[3], row[6]]).toEqual([certificateHeader, verdictHeader ?? 'none'])
  })
})
