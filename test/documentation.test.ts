import { existsSync, readFileSync } from 'node:fs'
import {
  CONFIGURATION_CODES,
  DEFAULT_MAX_INTERMEDIATES,
  DEFAULT_MAX_PRESENTED,
  DEFAULT_MEMORY,
  DEFAULT_SIGNATURE_COST,
  FAILURES,
  MAX_CERTIFICATE_BYTES,
  OPTION_NAMES,
} from '@clientcert/core'
import {
  DEFAULT_CONNECT_TIMEOUT_MS,
  DEFAULT_CONTEXT_NAME,
  DEFAULT_GRACE_PERIOD_MS,
  DEFAULT_MAX_CACHED_SESSIONS,
  DEFAULT_WHEN_MISSING,
  TLS_CONTEXT_OPTION_NAMES,
} from '@clientcert/upstream'
import { describe, expect, test } from 'vitest'
import { brokenLinks, fragmentOf } from '../scripts/docs-links.ts'
import { errorsDocument } from '../scripts/errors-document.ts'
import { keptFiles } from '../scripts/kept-files.ts'
import { OUTGOING_FAILURES } from '../scripts/outgoing-failures.ts'

const pages = new Map(keptFiles('*.md').map((path) => [path, readFileSync(path, 'utf8')]))

describe('docs/errors.md', () => {
  test('is what the tables of codes say', () => {
    expect(pages.get('docs/errors.md')).toBe(errorsDocument(FAILURES, OUTGOING_FAILURES, CONFIGURATION_CODES))
  })

  test('has one section for each failure, with its rule and what to do, and one row for each mistake of configuration', () => {
    const row = { fault: 'proxy', clause: 'RFC 1', meaning: 'It is broken.', hint: 'Set $ssl_client_verify.' } as const
    const none = Object.fromEntries(Object.keys(FAILURES).map((leg) => [leg, {}])) as typeof FAILURES
    const text = errorsDocument(
      { ...none, headers: { ERR_HEADERS_X: row } },
      { upstream: { ERR_UPSTREAM_X: { ...row, meaning: 'It is ended.' } }, material: {}, mapping: {}, consul: {} },
      { ERR_CONFIG_X: 'One | two.' },
    )
    expect(text).toContain(`### ERR_HEADERS_X

It is broken.

- Who can fix it: whoever runs the proxy in front
- Rule: RFC 1
- What to do: Set \`$ssl_client_verify\`.
`)
    expect(text).toContain(`### ERR_UPSTREAM_X

It is ended.

- Rule: RFC 1
- What to do: Set \`$ssl_client_verify\`.
`)
    expect(text).toContain('| `ERR_CONFIG_X` | One \\| two. |\n')
  })
})

describe('options', () => {
  test.each([
    ['maxIntermediates', DEFAULT_MAX_INTERMEDIATES],
    ['limits.presented', DEFAULT_MAX_PRESENTED],
    ['limits.certificateBytes', MAX_CERTIFICATE_BYTES],
    ['limits.signatureCost', DEFAULT_SIGNATURE_COST],
    ['limits.remembered', DEFAULT_MEMORY.clients],
  ])('%s has the default that docs/path.md says', (option, value) => {
    expect(pages.get('docs/path.md')).toContain(`| \`${option}\` | ${value.toLocaleString('en')} |`)
  })

  test.each(OPTION_NAMES.map((name) => (typeof name === 'symbol' ? name.description : name)))(
    '%s is in a chapter',
    (option) => {
      const chapters = [...pages].filter(([path]) => path.startsWith('docs/')).map(([, text]) => text)
      expect(chapters.some((text) => new RegExp(`\`${option}[.\`]`).test(text))).toBe(true)
    },
  )
})

describe('options of createTlsContext', () => {
  const chapter = pages.get('docs/upstream.md') ?? ''
  const table = chapter.slice(chapter.indexOf('\n## Options\n'))

  test.each(TLS_CONTEXT_OPTION_NAMES.map((name) => (typeof name === 'symbol' ? name.description : name)))(
    '%s is in the table of its chapter',
    (option) => {
      expect(table).toMatch(new RegExp(`^\\|[^|]*\`${option}\``, 'm'))
    },
  )

  test.each([
    ['gracePeriodMs', DEFAULT_GRACE_PERIOD_MS],
    ['connectTimeoutMs', DEFAULT_CONNECT_TIMEOUT_MS],
    ['maxCachedSessions', DEFAULT_MAX_CACHED_SESSIONS],
    ['name', `\`'${DEFAULT_CONTEXT_NAME}'\``],
    ['whenMissing', `\`'${DEFAULT_WHEN_MISSING}'\``],
  ])('%s has the default that is said there', (option, value) => {
    expect(table).toContain(`| \`${option}\` | ${value.toLocaleString('en')} |`)
  })
})

describe('links', () => {
  test('lead somewhere, to the heading', () => {
    expect(brokenLinks(pages, existsSync)).toEqual([])
  })

  test('that lead nowhere are found', () => {
    const site = new Map([
      [
        'a.md',
        '# A\n[b](docs/b.md) [b](docs/b.md#two-words) [gone](c.md) [gone](docs/b.md#three) [web](https://x.example)',
      ],
      [
        'docs/b.md',
        '## Two `words`\n[a](../a.md#a) [here](#two-words) [folder](./c) [not here](#a)\n```\n[code](x.md)\n```\n',
      ],
    ])
    expect(brokenLinks(site, (path) => path === 'docs/c')).toEqual([
      'a.md: c.md',
      'a.md: docs/b.md#three',
      'docs/b.md: #a',
    ])
    expect(fragmentOf("The proxy's verdict: `onProxyVerdict`")).toBe('the-proxys-verdict-onproxyverdict')
  })
})
