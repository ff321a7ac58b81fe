/** Fields of an answer, read strictly: a missing one and one of another type are refused by name. */
import type { AgentAnswer } from './agent.ts'

type Refuse = AgentAnswer['refuse']

export type Fields = Readonly<Record<string, unknown>>

/** @param name - For messages, such as `Roots[0]`; `''` for the answer itself. */
export function readFields(value: unknown, name: string, refuse: Refuse): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  throw refuse(`${name === '' ? 'it' : name} is ${kindOf(value)}, and should be an object`)
}

export function readText(fields: Fields, name: string, refuse: Refuse, within = ''): string {
  const value = own(fields, name)
  if (typeof value === 'string' && value !== '') return value
  throw refuse(`${within}${name} is ${value === '' ? 'empty' : kindOf(value)}, and should be a text`)
}

export function readYesOrNo(fields: Fields, name: string, refuse: Refuse, within = ''): boolean {
  const value = own(fields, name)
  if (typeof value === 'boolean') return value
  throw refuse(`${within}${name} is ${kindOf(value)}, and should be true or false`)
}

/** @param whenNull - Consul writes a list without elements as null. */
export function readList(
  fields: Fields,
  name: string,
  refuse: Refuse,
  maximum: number,
  within = '',
): readonly unknown[] {
  const value = own(fields, name)
  if (value === null) return []
  if (!Array.isArray(value)) throw refuse(`${within}${name} is ${kindOf(value)}, and should be a list`)
  if (value.length > maximum)
    throw refuse(`${within}${name} has ${value.length} elements, and should have at most ${maximum}`)
  return value
}

const own = (fields: Fields, name: string): unknown => (Object.hasOwn(fields, name) ? fields[name] : undefined)

const kindOf = (value: unknown): string =>
  value === undefined ? 'missing' : value === null ? 'null' : Array.isArray(value) ? 'a list' : `a ${typeof value}`
