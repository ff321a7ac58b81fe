import { ConfigurationError, shown } from '@clientcert/core'
import type { TlsContext } from '../tls-context.ts'
import type { ReadMapping } from './mapping-options.ts'

/** Reads the contexts that mappings may name. */
export function readContexts(value: unknown): ReadonlyMap<string, TlsContext> {
  if (value === undefined) return new Map()
  if (!Array.isArray(value)) {
    const fix = 'Give an array of what createTlsContext returned.'
    throw new ConfigurationError('ERR_CONFIG_TYPE', 'contexts', `is ${shown(value)}`, fix)
  }
  const contexts = new Map<string, TlsContext>()
  for (const [index, context] of value.entries()) {
    if (!isTlsContext(context)) {
      const fix = 'Give what createTlsContext returned, not its options.'
      throw new ConfigurationError('ERR_CONFIG_TYPE', `contexts[${index}]`, 'is no TLS context', fix)
    }
    if (contexts.has(context.name)) {
      const fix = 'Give each context a `name` of its own.'
      throw new ConfigurationError(
        'ERR_CONFIG_VALUE',
        `contexts[${index}]`,
        `Duplicate TLSContext ${context.name}`,
        fix,
      )
    }
    contexts.set(context.name, context)
  }
  return contexts
}

const METHODS = ['connect', 'agent', 'dispatcher'] as const

function isTlsContext(value: unknown): value is TlsContext {
  if (typeof value !== 'object' || value === null || !('name' in value) || typeof value.name !== 'string') return false
  return METHODS.every((method) => typeof Reflect.get(value, method) === 'function')
}

/**
 * Says by which context a mapping connects.
 *
 * A context beside `http://` is a contradiction: Emissary originates TLS nevertheless and posts an error; here it is one.
 *
 * @param serverOnly - The context of TLS without a certificate of our own.
 * @returns Null for http.
 */
export function chooseContext(
  { name, service, tls }: ReadMapping,
  option: string,
  contexts: ReadonlyMap<string, TlsContext>,
  serverOnly: () => TlsContext,
): TlsContext | null {
  if (tls === null) return service.scheme === 'https' ? serverOnly() : null
  if (service.scheme === 'http') {
    throw new ConfigurationError(
      'ERR_CONFIG_VALUE',
      `${option}.tls`,
      `the mapping ${name} originates TLS, and its service is http://`,
      'Write https:// or no scheme at all, or leave `tls` out.',
    )
  }
  if (tls === true) return serverOnly()
  const context = contexts.get(tls)
  if (context !== undefined) return context
  const known = [...contexts.keys()]
  throw new ConfigurationError(
    'ERR_CONFIG_VALUE',
    `${option}.tls`,
    `Originate-TLS context ${tls} is not defined (mapping ${name})`,
    known.length === 0
      ? 'Give it in `contexts`.'
      : `Give it in \`contexts\`, which has ${known.slice(0, 20).join(', ')}.`,
  )
}
