/** The mistakes that options are, for tests that make them. */
import { createAuthority } from '@clientcert/testing'
import { expect } from 'vitest'
import {
  type AuthenticatorOptions,
  type ConfigurationCode,
  ConfigurationError,
  createAuthenticator,
} from '../src/index.ts'

export const root = createAuthority('Clients CA')
export const trust = { pem: root.certificate.pem }

/** The mistake that options are. JavaScript has no types to stop any of these. */
export function mistakeIn(options: unknown): ConfigurationError {
  try {
    createAuthenticator(options as AuthenticatorOptions).close()
  } catch (error) {
    if (error instanceof ConfigurationError) return error
    throw error
  }
  throw new Error(`accepted: ${JSON.stringify(options)}`)
}

/** What is given beside `trust`, the option that is wrong with its code, and words that the message has. */
export type Row = readonly [
  title: string,
  given: Readonly<Record<PropertyKey, unknown>>,
  option: string,
  code: ConfigurationCode,
  says?: string,
]

/** Expects the mistake of a row. */
export function expectMistake([, given, option, code, says = '']: Row): void {
  const mistake = mistakeIn({ trust, ...given })
  expect(mistake).toBeInstanceOf(TypeError)
  expect({ code: mistake.code, option: mistake.option }).toEqual({ code, option })
  expect(mistake.message.startsWith(`${option}: `)).toBe(true)
  expect(mistake.message).toContain(says)
}

export const behind = (from: object): { from: object } => ({ from: { proxy: 'nginx', ...from } })
export const onlyFrom = (rules: object): { from: object } => behind({ onlyFrom: rules })
