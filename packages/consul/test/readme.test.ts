import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { USAGE } from '../src/connector/arguments.ts'
import { CONSUL_FAILURES, DEFAULT_REQUEST_TIMEOUT_MS, DEFAULT_URL, DEFAULT_WAIT_SECONDS } from '../src/index.ts'
import { resolveConsulOptions } from '../src/options.ts'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

describe('README.md', () => {
  test('has a row for each code, and none more', () => {
    const rows = [...readme.matchAll(/^\| `(ERR_CONSUL_\w+)` \|/gm)].map(([, code]) => code)
    expect(rows).toEqual(Object.keys(CONSUL_FAILURES))
  })

  test('has every option that there is', () => {
    const listed = (): string => {
      try {
        resolveConsulOptions({ zzzzzzzzzzzzzzzzzzzzzz: 1 })
      } catch (error) {
        return String(error)
      }
      return ''
    }
    const options = [...listed().matchAll(/`(\w+)`/g)].map(([, name]) => name ?? '')
    expect(options.length).toBeGreaterThan(9)
    const section = readme.slice(readme.indexOf('## Options'), readme.indexOf('## What it does when'))
    for (const option of options) expect(section).toContain(`\`${option}\``)
  })

  test('has the defaults that the source has', () => {
    expect(readme).toContain(`| \`url\` | \`${DEFAULT_URL}\` |`)
    expect(readme).toContain(`| \`waitSeconds\` | ${DEFAULT_WAIT_SECONDS} |`)
    expect(readme).toContain(`| \`requestTimeoutMs\` | ${DEFAULT_REQUEST_TIMEOUT_MS.toLocaleString('en')} |`)
  })

  test('has the variables that --help has', () => {
    const variables = USAGE.match(/_?(?:CONSUL|AMBASSADOR)_[A-Z_]+/g) ?? []
    expect(variables.length).toBeGreaterThan(12)
    for (const variable of variables) expect(readme).toContain(`\`${variable}\``)
  })
})
