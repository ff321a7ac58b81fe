import { ConfigurationError, readString, readWord, shown } from '@clientcert/core'

/** One document, whichever API version it is of: what it is, what it is called, and its own fields. */
export interface AmbassadorResource {
  readonly kind: 'TLSContext' | 'Mapping'
  readonly name: string
  readonly fields: object
}

const KINDS = ['TLSContext', 'Mapping'] as const

/** In annotations: name and fields stand at the top. */
const FLAT_VERSIONS = ['ambassador/v0', 'ambassador/v1'] as const
/** As resources of Kubernetes: the name stands in `metadata`, the fields in `spec`. */
const RESOURCE_VERSIONS = ['getambassador.io/v1', 'getambassador.io/v2', 'getambassador.io/v3alpha1'] as const

const WHOLE = 'Each document has `apiVersion`, `kind`, and a name.'

/** Reads the outside of a document. @param path - Its place, for messages. */
export function readResource(document: unknown, path: string): AmbassadorResource {
  const { apiVersion, kind, ...rest } = readRecord(document, path)
  const version = readWord(apiVersion, `${path}.apiVersion`, [...FLAT_VERSIONS, ...RESOURCE_VERSIONS])
  const known = readWord(kind, `${path}.kind`, KINDS)
  if (FLAT_VERSIONS.some((flat) => flat === version)) {
    const { name, ...fields } = rest
    return { kind: known, name: readString(name, `${path}.name`), fields }
  }
  const { metadata, spec, ...others } = rest
  const [odd] = Object.keys(others).filter((key) => key !== 'status') // What Ambassador writes into it.
  if (odd !== undefined) {
    const fix = `Of ${version} the fields stand in \`spec\`, and the name in \`metadata\`.`
    throw new ConfigurationError('ERR_CONFIG_UNKNOWN_OPTION', `${path}.${odd}`, 'is not a field', fix)
  }
  const { name } = readRecord(metadata, `${path}.metadata`)
  return {
    kind: known,
    name: readString(name, `${path}.metadata.name`),
    fields: readRecord(spec, `${path}.spec`),
  }
}

function readRecord(value: unknown, path: string): { readonly [key: string]: unknown } {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  throw new ConfigurationError('ERR_CONFIG_TYPE', path, `is ${shown(value)}`, WHOLE)
}
