import { ConfigurationError, readObject, shown } from '@clientcert/core'
import type { AmbassadorResource } from './resource.ts'

/** The fields of one kind: by Ambassador's name, what reads its value into options of ours. */
export type FieldReaders<Options> = {
  readonly [field: string]: (value: unknown, path: string) => Partial<Options>
}

/** Fields that Ambassador knows and that are not for here, with where they belong. */
export type Elsewhere = { readonly [field: string]: string }

/** Reads the fields of a resource, all of which must be known. */
export function readFields<Options extends object>(
  { kind, name, fields }: AmbassadorResource,
  readers: FieldReaders<Options>,
  elsewhere: Elsewhere,
): Partial<Options> {
  const path = `${kind} ${name}`
  for (const [field, where] of Object.entries(elsewhere)) {
    if (!Object.hasOwn(fields, field)) continue
    throw new ConfigurationError('ERR_CONFIG_UNKNOWN_OPTION', `${path}.${field}`, 'is not for here', where)
  }
  const options: Partial<Options> = {}
  for (const [field, value] of Object.entries(readObject(fields, path, Object.keys(readers)))) {
    Object.assign(options, readers[field]?.(value, `${path}.${field}`))
  }
  return options
}

/** Reads an array of strings, which may be empty. */
export function readStrings(value: unknown, path: string): readonly string[] {
  if (Array.isArray(value) && value.every((entry) => typeof entry === 'string')) return value
  throw new ConfigurationError('ERR_CONFIG_TYPE', path, `is ${shown(value)}`, 'Give an array of strings.')
}
