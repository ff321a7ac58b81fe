import { ConfigurationError, readArray, readObject } from '@clientcert/core'
import type { MappingOptions } from '../mapping-options.ts'
import { readMapping } from './mapping.ts'
import { readResource } from './resource.ts'
import { type AmbassadorSecrets, type AmbassadorTlsContext, readTlsContext } from './tls-context.ts'

export interface ReadAmbassadorOptions {
  /** What the Secrets are that TLSContexts name. Default none. */
  readonly secrets?: AmbassadorSecrets
}

/** What createTlsContext and createMappings take. */
export interface AmbassadorConfiguration {
  readonly contexts: readonly AmbassadorTlsContext[]
  readonly mappings: readonly MappingOptions[]
}

/**
 * Reads Ambassador's documents of the kinds TLSContext and Mapping into options of ours.
 *
 * All API versions are read: `ambassador/v0` and `v1`, whose fields stand at the top; `getambassador.io/v1`, `v2` and `v3alpha1`, whose fields stand in `spec`.
 * A field that is not known is a mistake, and so is one that is about clients that connect to Ambassador. Of `metadata` only the name is read: services are
 * taken as they are written, in whatever namespace the document is.
 *
 * Does not parse YAML, and does not read Secrets.
 *
 * @param documents - Parsed: of the package `yaml`, `parseAllDocuments(text).map((document) => document.toJS())`. Trusted. Empty ones are passed over.
 * @throws {ConfigurationError} In Ambassador's words, with the fix.
 * @example
 * const { contexts, mappings } = readAmbassador(documents, { secrets: { 'upstream-certs': { directory: '/etc/upstream-certs' } } })
 * const made = createMappings({ contexts: contexts.map((context) => createTlsContext(context)), mappings })
 */
export function readAmbassador(
  documents: readonly unknown[],
  options: ReadAmbassadorOptions = {},
): AmbassadorConfiguration {
  const given = readObject(options, '', ['secrets'] as const)
  const secrets = given.secrets === undefined ? {} : readSecrets(given.secrets)
  const contexts: AmbassadorTlsContext[] = []
  const mappings: MappingOptions[] = []
  const names = new Set<string>()
  for (const [index, document] of readArray(documents, 'documents').entries()) {
    if (document === null) continue
    const resource = readResource(document, `documents[${index}]`)
    const title = `${resource.kind} ${resource.name}`
    if (names.has(title)) {
      const fix = 'Give each one a name of its own. (Ambassador keeps the first and drops the other.)'
      throw new ConfigurationError('ERR_CONFIG_VALUE', `documents[${index}]`, `Duplicate ${title}`, fix)
    }
    names.add(title)
    if (resource.kind === 'TLSContext') contexts.push(readTlsContext(resource, secrets))
    else mappings.push(readMapping(resource))
  }
  return { contexts, mappings }
}

function readSecrets(value: unknown): AmbassadorSecrets {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  const fix = 'Give an object: by the name of each Secret, `{ directory }` or a source.'
  throw new ConfigurationError('ERR_CONFIG_TYPE', 'secrets', 'is no object', fix)
}
