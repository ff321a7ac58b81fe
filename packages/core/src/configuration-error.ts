/** The codes of a caller's mistakes. Thrown at construction, never while a request is being decided. */
export const CONFIGURATION_CODES = {
  ERR_CONFIG_TYPE: 'An option has the wrong type or shape.',
  ERR_CONFIG_VALUE: 'An option has a value that is not one of those allowed.',
  ERR_CONFIG_RANGE: 'A number is outside its range.',
  ERR_CONFIG_UNKNOWN_OPTION: 'An option is not known; the message names the nearest one that is.',
  ERR_CONFIG_MISSING: 'A required option is absent, or only half of a pair was given.',
  ERR_CONFIG_NO_ANCHOR: 'A trust source holds no self-signed certificate, hence no trust anchor.',
  ERR_CONFIG_TRUST_UNREADABLE: 'A trust source could not be read from disk.',
  ERR_CONFIG_TRUST_MALFORMED:
    'A trust source holds something that is not a certificate, or that this library refuses to parse.',
  ERR_CONFIG_CRL_UNREADABLE: 'A source of CRLs could not be read from disk.',
  ERR_CONFIG_CRL_MALFORMED:
    'A source of CRLs holds something that is not a CRL, or that this library refuses to parse.',
  ERR_CONFIG_CRL_MISSING:
    'An authority has no CRL that the handshake can use, so that all of its clients would be refused there.',
  ERR_CONFIG_ANCHOR_ID: 'An anchor id is unknown, given twice, or an `anchors` list is empty.',
  ERR_CONFIG_EMPTY_RULE: 'A policy rule has nothing to compare or combine, so it would admit or refuse everybody.',
  ERR_CONFIG_NO_GATE: 'Certificates are taken from a header without saying who may send it.',
  ERR_CONFIG_SERVER:
    'The server would never ask for a client certificate, or would refuse before this library can say why.',
  ERR_CONFIG_FOREIGN_COPY: 'A value was made by another copy of @clientcert/core in the same process.',
  ERR_CONFIG_NOT_FORWARDABLE: 'A request is forwarded whose client was refused, or with what no header can carry.',
  ERR_CONFIG_CLOSED: 'The authenticator was closed.',
} as const

export type ConfigurationCode = keyof typeof CONFIGURATION_CODES

/**
 * A mistake of the application's author: thrown at construction, names the option, the value and the fix.
 *
 * Never thrown for a bad certificate; those come back as a `Decision`.
 */
export class ConfigurationError extends TypeError {
  override readonly name = 'ConfigurationError'
  readonly code: ConfigurationCode
  /** The option's path, as it is written in the options object: `from.onlyFrom.addresses[1]`. */
  readonly option: string
  readonly #says: readonly [problem: string, fix: string]

  constructor(code: ConfigurationCode, option: string, problem: string, fix: string, cause?: unknown) {
    super(`${option}: ${problem}. ${fix}`, cause === undefined ? undefined : { cause })
    this.code = code
    this.option = option
    this.#says = [problem, fix]
  }

  /** The same mistake where the options stand within others: of the option `trust` under `hosts['a.example']`, say. */
  under(path: string): ConfigurationError {
    return new ConfigurationError(this.code, `${path}.${this.option}`, ...this.#says, this.cause)
  }

  /** The same mistake where the option has another name: of `revocation.crls` that was given as `crl`, say. */
  renamed(option: string): ConfigurationError {
    return new ConfigurationError(this.code, option, ...this.#says, this.cause)
  }
}

/** A value as a message may show it: short, on one line, and never a secret's content beyond its type when `secret`. */
export function shown(value: unknown, secret: 'open' | 'secret' = 'open'): string {
  if (secret === 'secret' || typeof value === 'function' || typeof value === 'symbol') return `a ${typeof value}`
  if (value instanceof Uint8Array) return `${value.length} bytes`
  let text: string
  try {
    text = JSON.stringify(value) ?? String(value)
  } catch {
    text = `an ${typeof value} that JSON cannot show`
  }
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}
