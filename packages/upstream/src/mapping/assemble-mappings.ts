import { ConfigurationError, type Logger, readArray, readLogger, readObject } from '@clientcert/core'
import type { TlsContext } from '../tls-context.ts'
import { chooseContext, readContexts } from './contexts.ts'
import { MAPPING_FAILURES, type MappingCode } from './failures.ts'
import type { Mapping, Mappings, MatchResult, Upstream } from './mapping.ts'
import { type MappingOptions, type ReadMapping, readMapping } from './mapping-options.ts'
import { createPrefixTable } from './prefix-table.ts'
import { readRequestTarget } from './request-path.ts'
import { rewritePath, slashMismatch } from './rewrite.ts'

export interface MappingsOptions {
  /** Those that mappings name by `tls`. They stay yours: nothing here closes them. Default none. */
  readonly contexts?: readonly TlsContext[]
  /** At least one. */
  readonly mappings: readonly MappingOptions[]
  /** Hears of prefixes and rewrites that do not go together. Default: Node's warnings. */
  readonly logger?: Logger
}

/** @param createServerOnly - Makes the context of TLS without a certificate of our own, where a mapping needs it. */
export function assembleMappings(options: MappingsOptions, createServerOnly: () => TlsContext): Mappings {
  const given = readObject(options, '', ['contexts', 'mappings', 'logger'] as const)
  const logger = given.logger === undefined ? null : readLogger(given.logger)
  const contexts = readContexts(given.contexts)
  const read = readArray(given.mappings, 'mappings').map((value, index) => readMapping(value, `mappings[${index}]`))
  refuseDuplicates(read)

  let serverOnly: TlsContext | null = null
  const upstreams = read.map((mapping, index) => {
    const context = chooseContext(mapping, `mappings[${index}]`, contexts, () => (serverOnly ??= createServerOnly()))
    return upstreamOf(mapping, context)
  })
  for (const mapping of read) warnOfSlashes(mapping, logger)

  const all = read.map(({ name, prefix, rewrite }, index): Mapping => {
    const upstream = upstreams[index]
    if (upstream === undefined) throw new RangeError('one upstream for each mapping')
    const mapping: Mapping = Object.freeze({
      name,
      prefix,
      rewrite,
      upstream,
      match: (requestTarget: string) => {
        const result = match(requestTarget)
        return result.outcome === 'matched' && result.mapping !== mapping ? UNMATCHED : result
      },
    })
    return mapping
  })
  const table = createPrefixTable(new Map(all.map((mapping) => [mapping.prefix, mapping])))

  function match(requestTarget: string): MatchResult {
    const target = readRequestTarget(requestTarget)
    if (!target.ok) return refused(target.code)
    const found = table.find(target.path)
    if (found.outcome === 'ambiguous') return refused('ERR_MAPPING_AMBIGUOUS')
    if (found.outcome === 'none') return UNMATCHED
    const mapping = found.entry
    const path = rewritePath(target.path, mapping.prefix, mapping.rewrite)
    if (path === null) return refused('ERR_MAPPING_REWRITTEN')
    return { outcome: 'matched', mapping, target: { ...mapping.upstream, path: path + target.query } }
  }

  const close = async (): Promise<void> => {
    await serverOnly?.close()
  }
  return Object.freeze({ all: Object.freeze(all), match, close, [Symbol.asyncDispose]: close })
}

const UNMATCHED: MatchResult = Object.freeze({ outcome: 'unmatched' })

const refused = (code: MappingCode): MatchResult => ({ outcome: 'refused', failure: MAPPING_FAILURES[code] })

function upstreamOf({ service, hostRewrite }: ReadMapping, context: TlsContext | null): Upstream {
  const { host } = service
  const isTls = context !== null
  const usual = isTls ? 443 : 80
  const port = service.port ?? usual
  const protocol = isTls ? 'https:' : 'http:'
  const bracketed = host.includes(':') ? `[${host}]` : host
  const authority = port === usual ? bracketed : `${bracketed}:${port}`
  const origin = `${protocol}//${authority}`
  return Object.freeze({ protocol, host, port, origin, authority: hostRewrite ?? authority, context })
}

/** Ambassador keeps the first of two with one name, and spreads load over two with one prefix; here either is a mistake. */
function refuseDuplicates(mappings: readonly ReadMapping[]): void {
  const names = new Set<string>()
  const prefixes = new Map<string, ReadMapping>()
  for (const [index, mapping] of mappings.entries()) {
    const { name, prefix } = mapping
    if (names.has(name)) {
      const fix = 'Give each mapping a `name` of its own.'
      throw new ConfigurationError('ERR_CONFIG_VALUE', `mappings[${index}].name`, `Duplicate Mapping ${name}`, fix)
    }
    names.add(name)
    const decoded = decodeURIComponent(prefix)
    const other = prefixes.get(decoded)
    if (other !== undefined) {
      const problem = `Mapping ${name} has the prefix ${prefix}, which Mapping ${other.name} has`
      const fix = 'Give each mapping a prefix of its own: nothing else tells them apart here.'
      throw new ConfigurationError('ERR_CONFIG_VALUE', `mappings[${index}].prefix`, problem, fix)
    }
    prefixes.set(decoded, mapping)
  }
}

function warnOfSlashes({ name, prefix, rewrite }: ReadMapping, logger: Logger | null): void {
  const mismatch = slashMismatch(prefix, rewrite)
  if (mismatch === null) return
  const warning = `Mapping ${name}: ${mismatch}`
  if (logger) logger.warn({ mapping: name, prefix, rewrite }, warning)
  else process.emitWarning(warning, 'ClientCertWarning')
}
