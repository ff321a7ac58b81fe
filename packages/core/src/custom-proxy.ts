/** A proxy that no other name is known for: `from: { proxy: custom({ ... }), onlyFrom }`. */
import { list, pathOf, readArray, readObject, readString, readWord } from './configuration.ts'
import { ConfigurationError, shown } from './configuration-error.ts'
import { checkDistinct, readHeaderName } from './header-names.ts'
import { isHeaderValue } from './header-values.ts'
import { type CustomVerdict, createCustomFormat } from './headers/custom.ts'
import { CUSTOM_ENCODINGS, type CustomEncoding } from './headers/custom-encodings.ts'
import type { HeaderFormat } from './headers/header-format.ts'

/** What a proxy of one's own writes. */
export interface CustomOptions {
  /** The header with the end entity, and nothing else. */
  readonly header: string
  /** The header with the rest of what the client presented, without the end entity. */
  readonly chainHeader?: string
  /**
   * How both are written:
   *
   * - `'percent-pem'`: PEM, percent-encoded (RFC 3986); `+` is base64, never a space
   * - `'pem'`: PEM in one line, spaces for newlines
   * - `'base64-der'`: base64 of the DER; a chain separated by commas, or one DER behind the other
   * - `'base64-pem'`: base64 of PEM
   * - `'byte-sequence'`: as RFC 9440 has it; the chain may come in several lines
   */
  readonly encoding: CustomEncoding
  /**
   * What the proxy says of its own verification. It never admits. A certificate without a verdict is refused then, and so is any value that is neither of the
   * words, as of something that only the proxy can see.
   */
  readonly verify?: {
    readonly header: string
    /** The exact value, or values, for a certificate that it verified. */
    readonly success: string | readonly string[]
    /** The exact value, or values, for no certificate. Default: none; then the header must be absent or empty where there is no certificate. */
    readonly none?: string | readonly string[]
  }
  /** Exact values of `header` and `chainHeader` that stand for nothing, such as `'(null)'`. An empty one always does. */
  readonly absent?: readonly string[]
}

const proof: unique symbol = Symbol('CustomProxy')

/** Made by {@link custom}, and opaque: what it holds was checked once. */
export class CustomProxy {
  readonly #format: HeaderFormat

  constructor(key: typeof proof, format: HeaderFormat) {
    if (key !== proof) throw new TypeError('a CustomProxy is made by custom()')
    this.#format = format
    Object.freeze(this)
  }

  /** Reads an option that is a proxy of one's own. @throws {ConfigurationError} */
  static read(value: unknown, option: string): HeaderFormat {
    const isObject = typeof value === 'object' && value !== null
    if (isObject && #format in value) return value.#format
    if (isObject && value.constructor?.name === 'CustomProxy') {
      const problem = 'was made by another copy of @clientcert/core'
      const fix = 'Install one version: `npm ls @clientcert/core` shows the copies.'
      throw new ConfigurationError('ERR_CONFIG_FOREIGN_COPY', option, problem, fix)
    }
    const fix = 'Give the name of a proxy, or what custom({ header, encoding }) returns.'
    throw new ConfigurationError('ERR_CONFIG_VALUE', option, `is ${shown(value)}`, fix)
  }
}

/**
 * Describes a proxy that has no name here, for `from.proxy`.
 *
 * Every header that it names is removed from each request, each may come once, and a name that resembles one is refused. Where a proxy is known
 * by name, prefer the name: its file knows what that proxy sends when there is nothing to send.
 *
 * Does not make the proxy trustworthy: `from.onlyFrom` says who may send these headers, and the certificate is verified here.
 *
 * @param options - Trusted. Read once; not kept.
 * @throws {ConfigurationError} Where an option is unknown, absent or of the wrong kind, or a name is reserved or resembles another.
 * @example
 * const from = {
 *   proxy: custom({ header: 'x-client-certificate', encoding: 'base64-der', verify: { header: 'x-client-verified', success: '0' } }),
 *   onlyFrom: { addresses: ['10.0.0.7'] },
 * }
 */
export function custom(options: CustomOptions): CustomProxy {
  const given = readObject(options, 'custom', ['header', 'chainHeader', 'encoding', 'verify', 'absent'])
  if (!('header' in given)) throw missing('custom.header', 'Name the header with the certificate of the client.')
  if (!('encoding' in given)) {
    throw missing('custom.encoding', `Say how the certificate is written: one of ${list(CUSTOM_ENCODINGS)}.`)
  }
  const header = readHeaderName(given.header, 'custom.header')
  const chainHeader = 'chainHeader' in given ? readHeaderName(given.chainHeader, 'custom.chainHeader') : null
  const encoding = readWord(given.encoding, 'custom.encoding', CUSTOM_ENCODINGS)
  const verify = 'verify' in given ? readVerify(given.verify) : null
  const absent = 'absent' in given ? readAbsent(given.absent) : []
  const names = {
    header,
    ...(chainHeader === null ? {} : { chainHeader }),
    ...(verify === null ? {} : { 'verify.header': verify.header }),
  }
  const format = createCustomFormat({ header, chainHeader, encoding, verify, absent })
  checkDistinct(names, names, format.assertedHeaders, 'custom')
  return new CustomProxy(proof, format)
}

function readVerify(value: unknown): CustomVerdict {
  const given = readObject(value, 'custom.verify', ['header', 'success', 'none'])
  if (!('header' in given)) throw missing('custom.verify.header', 'Name the header with the verdict of the proxy.')
  if (!('success' in given)) {
    throw missing('custom.verify.success', 'Give the exact value, or values, for a verified certificate.')
  }
  const success = readWords(given.success, 'custom.verify.success')
  const none = 'none' in given ? readWords(given.none, 'custom.verify.none') : []
  const both = none.find((word) => success.includes(word))
  if (both !== undefined) {
    const fix = 'Give each word one meaning; where the proxy has one for both, leave `none` out.'
    throw new ConfigurationError('ERR_CONFIG_VALUE', 'custom.verify.none', `is success as well: ${shown(both)}`, fix)
  }
  return { header: readHeaderName(given.header, 'custom.verify.header'), success, none }
}

/** One text or several, none of them empty. */
const readWords = (value: unknown, option: string): readonly string[] =>
  Array.isArray(value) ? readTexts(value, option) : [readText(value, option)]

function readAbsent(value: unknown): readonly string[] {
  if (Array.isArray(value) && value.length > 0) return readTexts(value, 'custom.absent')
  const fix = "Give values that stand for nothing, such as ['(null)'], or leave it out: an empty one always does."
  throw new ConfigurationError('ERR_CONFIG_TYPE', 'custom.absent', `is ${shown(value)}`, fix)
}

const readTexts = (value: unknown, option: string): readonly string[] =>
  readArray(value, option).map((text, index) => readText(text, pathOf(option, index)))

/** Reads a value that a header may have. Node shows each octet of it as a character, so none is beyond U+00FF. */
function readText(value: unknown, option: string): string {
  const text = readString(value, option)
  if (isHeaderValue(text) && !/[\u0100-\uffff]/.test(text)) return text
  const fix = 'Give the value as it arrives: without white space around it, and one character for each octet.'
  throw new ConfigurationError('ERR_CONFIG_VALUE', option, `is ${shown(text)}, which no header can carry`, fix)
}

const missing = (option: string, fix: string): ConfigurationError =>
  new ConfigurationError('ERR_CONFIG_MISSING', option, 'is missing', fix)
