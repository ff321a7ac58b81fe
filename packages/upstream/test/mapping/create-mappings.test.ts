import { ConfigurationError } from '@clientcert/core'
import { DEFAULT_CLOCK } from '@clientcert/testing'
import fc from 'fast-check'
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { createTlsContext } from '../../src/create-tls-context.ts'
import type { MappingsOptions } from '../../src/mapping/assemble-mappings.ts'
import { assembleMappings } from '../../src/mapping/assemble-mappings.ts'
import { createMappings } from '../../src/mapping/create-mappings.ts'
import type { Mappings } from '../../src/mapping/mapping.ts'
import type { MappingOptions } from '../../src/mapping/mapping-options.ts'
import type { TlsContext } from '../../src/tls-context.ts'
import { ours, pemOf } from '../serving.ts'
import { hostileTargets } from './hostile-targets.ts'

/** Contexts that connect to nobody. */
const contexts: TlsContext[] = []
afterAll(() => Promise.all(contexts.map((context) => context.close())))

function named(name: string): TlsContext {
  const context = createTlsContext({ name, pem: pemOf(ours), clock: () => DEFAULT_CLOCK })
  contexts.push(context)
  return context
}

const quiet = { info: () => undefined, warn: () => undefined }

/** Mappings with these prefixes and rewrites. */
const mappingsOf = (...pairs: readonly (readonly [prefix: string, rewrite?: string | undefined])[]): Mappings =>
  createMappings({
    logger: quiet,
    mappings: pairs.map(([prefix, rewrite]) => ({
      name: `of ${prefix}`,
      prefix,
      service: 'a',
      ...(rewrite === undefined ? {} : { rewrite }),
    })),
  })

const arrivesAs = (mappings: Mappings, target: string): string => {
  const result = mappings.match(target)
  if (result.outcome === 'matched') return result.target.path
  return result.outcome === 'refused' ? result.failure.code : result.outcome
}

describe('the prefix is matched and replaced literally (Envoy prefix, prefix_rewrite)', () => {
  test.each<[prefix: string, rewrite: string | undefined, target: string, arrives: string]>([
    // As Ambassador's own pages have them.
    ['/productpage/', '/productpage', '/productpage/?u=1', '/productpage?u=1'],
    ['/productpage/', '/productpage', '/productpage', 'unmatched'],
    ['/productpage/', '/productpage', '/productpage?u=1', 'unmatched'],
    ['/productpage/', '/productpage', '/productpage/x', '/productpagex'],
    ['/qotm-consul-mtls/', undefined, '/qotm-consul-mtls/quote', '/quote'],
    ['/qotm-consul-mtls/', undefined, '/qotm-consul-mtls/', '/'],
    ['/upstream/', undefined, '/upstream/a/b?c=%2F', '/a/b?c=%2F'],
    // `''` is no rewrite.
    ['/upstream/', '', '/upstream/a', '/upstream/a'],
    ['/', undefined, '/a', '/a'],
    ['/', '/b/', '/a', '/b/a'],
    ['/a', '/b', '/ab?c', '/bb?c'],
    ['/a', '/b', '/a', '/b'],
    ['/a', '/b', '/A', 'unmatched'],
    ['/a/', '/b/', '/a/?', '/b/?'],
    // Where Envoy would make `//`, it is one slash.
    ['/qotm', undefined, '/qotm/quote', '/quote'],
    ['/qotm', undefined, '/qotm', '/'],
    ['/qotm', undefined, '/qotmquote', '/quote'],
    // Literally replaced, it would be `/b/../c`: out of `/b/`.
    ['/a', '/b/', '/a../c', 'ERR_MAPPING_REWRITTEN'],
    ['/a', '/b/', '/a%2e%2e/c', 'ERR_MAPPING_REWRITTEN'],
    ['/a', '/b/', '/a..;/c', 'ERR_MAPPING_REWRITTEN'],
    ['/a', '/b/', '/a.c', '/b/.c'],
    ['/a', '/b/%25', '/a2e%2e', 'ERR_MAPPING_REWRITTEN'],
    ['/a', '/b/%25', '/a2', '/b/%252'],
    ['/a', '/b%25', '/a2f', 'ERR_MAPPING_REWRITTEN'],
  ])('%s to %s: %s arrives as %s', (prefix, rewrite, target, arrives) => {
    expect(arrivesAs(mappingsOf([prefix, rewrite]), target)).toBe(arrives)
  })

  test('the longest prefix wins, in whatever order they are given', () => {
    for (const order of [
      ['/', '/a', '/a/b/'],
      ['/a/b/', '/a', '/'],
      ['/a', '/a/b/', '/'],
    ]) {
      const mappings = mappingsOf(...order.map((prefix) => [prefix] as const))
      const prefixOf = (target: string) => {
        const result = mappings.match(target)
        return result.outcome === 'matched' ? result.mapping.prefix : result.outcome
      }
      expect(['/', '/b', '/a', '/ab', '/a/b', '/a/b/', '/a/b/c'].map(prefixOf)).toEqual([
        '/',
        '/',
        '/a',
        '/a',
        '/a',
        '/a/b/',
        '/a/b/',
      ])
    }
  })

  test("a mapping's own match is that of all of them", () => {
    const { all } = mappingsOf(['/'], ['/a/'])
    expect(all.map((mapping) => mapping.match('/a/b').outcome)).toEqual(['unmatched', 'matched'])
    expect(all.map((mapping) => mapping.match('/b').outcome)).toEqual(['matched', 'unmatched'])
    expect(all.map((mapping) => mapping.match('/a/../b').outcome)).toEqual(['refused', 'refused'])
  })
})

describe('a path that is of another mapping once decoded is refused (RFC 3986 6.2.2.2)', () => {
  const mappings = mappingsOf(['/admin/'], ['/'], ['/caf%C3%A9/'])
  test.each([
    ['/admin/x', '/x'],
    ['/%61dmin/x', 'ERR_MAPPING_AMBIGUOUS'],
    ['/admin/%78', '/%78'],
    ['/%7Euser', '/%7Euser'],
    ['/caf%C3%A9/x', '/x'],
    ['/caf%c3%a9/x', 'ERR_MAPPING_AMBIGUOUS'],
  ])('%s: %s', (target, arrives) => expect(arrivesAs(mappings, target)).toBe(arrives))

  test('also where none is matched by it as it stands, and where only the prefix is encoded', () => {
    expect(arrivesAs(mappingsOf(['/admin/']), '/%61dmin/x')).toBe('ERR_MAPPING_AMBIGUOUS')
    expect(arrivesAs(mappingsOf(['/%61dmin/']), '/admin/x')).toBe('ERR_MAPPING_AMBIGUOUS')
    expect(arrivesAs(mappingsOf(['/%61dmin/']), '/%61dmin/x')).toBe('/x')
  })
})

/** Prefixes and rewrites that attacks on them would like. */
const paths = fc.constantFrom(
  '/',
  '/a',
  '/a/',
  '/b',
  '/a/b',
  '/a/b/',
  '/%61',
  '/.a',
  '/a.',
  '/~',
  '/a;',
  '/b/%25',
  '/%25/',
)

test('of whatever is forwarded: it begins with the rewrite, resolving it changes nothing, and it is of one mapping, always', () => {
  const tables = fc.uniqueArray(fc.tuple(paths, fc.option(fc.oneof(paths, fc.constant('')), { nil: undefined })), {
    minLength: 1,
    selector: ([prefix]) => decodeURIComponent(prefix),
  })
  let forwarded = 0
  fc.assert(
    fc.property(tables, hostileTargets, (pairs, target) => {
      const mappings = mappingsOf(...pairs)
      const result = mappings.match(target)
      if (result.outcome !== 'matched') return
      forwarded++
      const {
        mapping,
        target: { path, origin },
      } = result
      const [pathname = ''] = path.split('?', 1)
      expect(pathname.startsWith(mapping.rewrite === '' ? mapping.prefix : mapping.rewrite)).toBe(true)
      const url = new URL(path, origin)
      expect([url.origin, url.pathname]).toEqual([origin, pathname])
      expect(pathname).not.toMatch(/\/\/|\\|%2f|%5c|\/(\.|%2e){1,2}(\/|;|$)/i)
      expect(mappings.match(target)).toEqual(result)
      expect(mappings.all.filter((other) => other.match(target).outcome === 'matched')).toEqual([mapping])
      // Forwarded once more, as by a second gateway of the same kind, it is taken as it is.
      expect(arrivesAs(mappingsOf(['/', '']), path)).toBe(path)
      // Decoded, it is still its own: no router that decodes took it for another's.
      expect(decodeURIComponent(target.split('?', 1)[0] ?? '').startsWith(decodeURIComponent(mapping.prefix))).toBe(
        true,
      )
    }),
    { numRuns: 3_000 },
  )
  expect(forwarded).toBeGreaterThan(100)
})

describe('a service is connected to as Ambassador says', () => {
  const mtls = named('upstream-context')
  const serverOnly = named('server-only')
  test.each<
    [service: string, tls: string | true | undefined, origin: string, port: number, context: TlsContext | null]
  >([
    ['upstream-service', undefined, 'http://upstream-service', 80, null],
    ['http://upstream-service', undefined, 'http://upstream-service', 80, null],
    ['upstream-service:8080', undefined, 'http://upstream-service:8080', 8080, null],
    ['upstream-service', 'upstream-context', 'https://upstream-service', 443, mtls],
    ['upstream-service:80', 'upstream-context', 'https://upstream-service:80', 80, mtls],
    ['upstream-service', true, 'https://upstream-service', 443, serverOnly],
    ['https://upstream-service', undefined, 'https://upstream-service', 443, serverOnly],
    ['https://upstream-service', true, 'https://upstream-service', 443, serverOnly],
    ['https://productpage:9080', 'upstream-context', 'https://productpage:9080', 9080, mtls],
    ['https://qotm-proxy', 'upstream-context', 'https://qotm-proxy', 443, mtls],
    ['[::1]', 'upstream-context', 'https://[::1]', 443, mtls],
  ])('%s with tls %s: %s', (service, tls, origin, port, context) => {
    const mapping: MappingOptions = { name: 'm', prefix: '/', service, ...(tls === undefined ? {} : { tls }) }
    const [made] = assembleMappings({ contexts: [mtls], mappings: [mapping] }, () => serverOnly).all
    expect(made?.upstream).toMatchObject({ origin, port, protocol: new URL(origin).protocol })
    expect(made?.upstream.host).toBe(service === '[::1]' ? '::1' : new URL(origin).hostname)
    expect(made?.upstream.context).toBe(context)
    expect(made?.upstream.authority).toBe(new URL(origin).host)
  })

  test('the context without a certificate of our own is made once, only where needed, and closed with the mappings; yours are not', async () => {
    let made = 0
    const closed: string[] = []
    const yours = { ...named('yours'), close: async () => void closed.push('yours') }
    const options = (...services: string[]): MappingsOptions => ({
      contexts: [yours],
      mappings: services.map((service, index) => ({ name: `${index}`, prefix: `/${index}/`, service })),
    })
    const create = () => {
      made++
      return { ...named('ours'), close: async () => void closed.push('ours') }
    }
    await assembleMappings(options('a', 'http://a'), create).close()
    expect([made, closed]).toEqual([0, []])
    {
      await using mappings = assembleMappings(options('https://a', 'https://b'), create)
      expect(mappings.all).toHaveLength(2)
    }
    expect([made, closed]).toEqual([1, ['ours']])
  })

  test('hostRewrite is what the Host header says, and nothing else changes', () => {
    const [made] = createMappings({
      mappings: [{ name: 'm', prefix: '/', service: 'a:8080', hostRewrite: 'b.example' }],
    }).all
    expect(made?.upstream).toMatchObject({ authority: 'b.example', host: 'a', origin: 'http://a:8080' })
  })
})

describe('a mistake is refused at start, in the words of Ambassador, with the fix', () => {
  const good = { name: 'm', prefix: '/m/', service: 'a' }
  const context = named('known')
  test.each<[options: object, option: string, code: string, says: RegExp]>([
    [
      { mappings: [{ ...good, tls: 'nobody' }] },
      'mappings[0].tls',
      'VALUE',
      /Originate-TLS context nobody is not defined.*`contexts`/,
    ],
    [
      { contexts: [context], mappings: [{ ...good, tls: 'nown' }] },
      'mappings[0].tls',
      'VALUE',
      /nown is not defined.*which has known/,
    ],
    [{ contexts: [context, context], mappings: [good] }, 'contexts[1]', 'VALUE', /Duplicate TLSContext known/],
    [{ contexts: [{ name: 'a' }], mappings: [good] }, 'contexts[0]', 'TYPE', /not its options/],
    [{ contexts: context, mappings: [good] }, 'contexts', 'TYPE', /array/],
    [{ mappings: [good, { ...good, prefix: '/n/' }] }, 'mappings[1].name', 'VALUE', /Duplicate Mapping m/],
    [
      { mappings: [good, { ...good, name: 'n' }] },
      'mappings[1].prefix',
      'VALUE',
      /n has the prefix \/m\/, which Mapping m has/,
    ],
    [
      { mappings: [good, { ...good, name: 'n', prefix: '/%6d/' }] },
      'mappings[1].prefix',
      'VALUE',
      /which Mapping m has/,
    ],
    [
      { mappings: [{ ...good, service: 'http://a', tls: true }] },
      'mappings[0].tls',
      'VALUE',
      /originates TLS, and its service is http:/,
    ],
    [
      { contexts: [context], mappings: [{ ...good, service: 'http://a', tls: 'known' }] },
      'mappings[0].tls',
      'VALUE',
      /https:/,
    ],
    [{ mappings: [{ ...good, tls: false }] }, 'mappings[0].tls', 'TYPE', /name of a context/],
    [{ mappings: [{ ...good, tls: '' }] }, 'mappings[0].tls', 'TYPE', /name of a context/],
    [{ mappings: [{ ...good, prefix: 'm' }] }, 'mappings[0].prefix', 'VALUE', /begin with `\/`/],
    [{ mappings: [{ ...good, prefix: '' }] }, 'mappings[0].prefix', 'TYPE', /not empty/],
    ...['/a//b', '/a/../b', '/a?b', '/a#b', '/a b', '/\u00e9', '/a%2fb', '/%', '/a\\b', '/%c3'].map(
      (prefix): [object, string, string, RegExp] => [
        { mappings: [{ ...good, prefix }] },
        'mappings[0].prefix',
        'VALUE',
        /no path may begin with/,
      ],
    ),
    [{ mappings: [{ ...good, rewrite: 'm' }] }, 'mappings[0].rewrite', 'VALUE', /begin with `\/`/],
    [{ mappings: [{ ...good, rewrite: '/a/..' }] }, 'mappings[0].rewrite', 'VALUE', /no path may begin with/],
    [{ mappings: [{ ...good, rewrite: null }] }, 'mappings[0].rewrite', 'TYPE', /not empty/],
    [{ mappings: [{ ...good, service: 'a/b' }] }, 'mappings[0].service', 'VALUE', /rewrite/],
    [{ mappings: [{ ...good, hostRewrite: 'http://a' }] }, 'mappings[0].hostRewrite', 'VALUE', /host\[:port\]/],
    [{ mappings: [{ ...good, hostRewrite: 'a\r\nb' }] }, 'mappings[0].hostRewrite', 'VALUE', /DNS name/],
    [{ mappings: [{ ...good, prefx: '/' }] }, 'mappings[0].prefx', 'UNKNOWN_OPTION', /Did you mean `prefix`/],
    [{ mappings: [{ name: 'm', service: 'a' }] }, 'mappings[0].prefix', 'MISSING', /is missing/],
    [{ mappings: [] }, 'mappings', 'TYPE', /not empty/],
    [{ mapings: [good] }, 'mapings', 'UNKNOWN_OPTION', /Did you mean `mappings`/],
    [{ mappings: [good], logger: {} }, 'logger', 'TYPE', /info\(\) and warn\(\)/],
  ])('%#: %j', (options, option, code, says) => {
    const make = () => createMappings(options as MappingsOptions)
    expect(make).toThrow(ConfigurationError)
    expect(make).toThrow(
      expect.objectContaining({ option, code: `ERR_CONFIG_${code}`, message: expect.stringMatching(says) as string }),
    )
  })
})

describe('a slash that only one of prefix and rewrite ends with is warned of at start', () => {
  const warningsOf = (prefix: string, rewrite?: string): string[] => {
    const warnings: string[] = []
    const logger = { info: () => undefined, warn: (_details: object, message: string) => void warnings.push(message) }
    const mapping = { name: 'm', prefix, service: 'a', ...(rewrite === undefined ? {} : { rewrite }) }
    createMappings({ logger, mappings: [mapping] })
    return warnings
  }
  test('with what happens to paths', () => {
    expect(warningsOf('/productpage/', '/productpage')).toEqual([
      expect.stringMatching(
        /^Mapping m: .*\/productpage\/ arrives as \/productpage, \/productpage\/x arrives as \/productpagex, and \/productpage is not matched$/,
      ),
    ])
    expect(warningsOf('/qotm')).toEqual([expect.stringMatching(/\/qotm\/x arrives as \/x, \/qotmx arrives as \/x$/)])
  })
  test.each([
    ['/a/', '/'],
    ['/a', '/b'],
    ['/a/', '/b/'],
    ['/', '/'],
    ['/a', ''],
  ])('none of %s with %j', (prefix, rewrite) => {
    expect(warningsOf(prefix, rewrite)).toEqual([])
  })
  test('by Node where there is no logger', () => {
    const emitted = vi.spyOn(process, 'emitWarning').mockReturnValue()
    onTestFinished(() => emitted.mockRestore())
    createMappings({ mappings: [{ name: 'm', prefix: '/a', service: 'a' }] })
    expect(emitted.mock.calls).toEqual([[expect.stringContaining('Mapping m: '), 'ClientCertWarning']])
  })
})
