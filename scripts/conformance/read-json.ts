/** Reading JSON that somebody else wrote: each field by name and kind, and an error that says where it was expected. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { UsageError } from '../usage-error.ts'

/** Reads a JSON file, compressed by gzip or not. */
export function readJson(path: string): unknown {
  try {
    const bytes = readFileSync(path)
    const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b
    return JSON.parse((isGzip ? gunzipSync(bytes) : bytes).toString('utf8'))
  } catch (cause) {
    throw new UsageError(`${path}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

/** One object of a file, which knows its place for messages. */
export interface Fields {
  readonly text: (name: string) => string
  /** Null where the field is null or absent. */
  readonly textOrNull: (name: string) => string | null
  readonly numberOrNull: (name: string) => number | null
  readonly flag: (name: string) => boolean
  readonly texts: (name: string) => readonly string[]
  readonly fields: (name: string) => Fields
  readonly fieldsByName: () => readonly (readonly [string, Fields])[]
  /** A list of objects. */
  readonly list: (name: string) => readonly Fields[]
}

export function fieldsOf(value: unknown, place: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(place, 'an object')
  const record = new Map<string, unknown>(Object.entries(value))
  const at = (name: string) => `${place}.${name}`
  const required = <Kind>(name: string, kind: string, is: (field: unknown) => field is Kind): Kind => {
    const field = record.get(name)
    if (!is(field)) throw wrong(at(name), kind)
    return field
  }
  const orNull = <Kind>(name: string, kind: string, is: (field: unknown) => field is Kind): Kind | null =>
    (record.get(name) ?? null) === null ? null : required(name, kind, is)
  return {
    text: (name) => required(name, 'text', isText),
    textOrNull: (name) => orNull(name, 'text or null', isText),
    numberOrNull: (name) => orNull(name, 'a number or null', isNumber),
    flag: (name) => required(name, 'true or false', isFlag),
    texts: (name) => required(name, 'a list of texts', isTexts),
    fields: (name) => fieldsOf(record.get(name), at(name)),
    fieldsByName: () => [...record].map(([name, field]) => [name, fieldsOf(field, at(name))] as const),
    list: (name) => listOf(record.get(name), at(name)),
  }
}

/** A list of objects, which is what some files are. */
export function listOf(value: unknown, place: string): readonly Fields[] {
  if (!Array.isArray(value)) throw wrong(place, 'a list')
  return value.map((item, index) => fieldsOf(item, `${place}[${index}]`))
}

const wrong = (place: string, kind: string) => new UsageError(`${place} is not ${kind}`)

const isText = (field: unknown): field is string => typeof field === 'string'
const isNumber = (field: unknown): field is number => typeof field === 'number'
const isFlag = (field: unknown): field is boolean => typeof field === 'boolean'
const isTexts = (field: unknown): field is readonly string[] => Array.isArray(field) && field.every(isText)
