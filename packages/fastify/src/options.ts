import { type AuthenticatorOptions, ConfigurationError, type HostsOptions, MODES, type Mode } from '@clientcert/core'

interface ModeOption {
  /**
   * What a request without a certificate, or with a bad one, comes to. Default `'required'`.
   *
   * `'manual'` lets every request through and leaves it to the application to call `verifyClientCert`, say within `@fastify/auth`. That then
   * decides by the route's own mode, else by `'required'`.
   */
  readonly mode?: Mode | 'manual'
}

/** Options of the plugin: those of core, and one more word for `mode`. */
export type ClientCertOptions = Omit<AuthenticatorOptions, 'mode'> & ModeOption

/** The same of several hosts. */
export type HostsClientCertOptions = Omit<HostsOptions, 'mode'> & ModeOption

/** Who asks for a decision: the plugin's hook, on every request, or the application where it sees fit. */
export type DecidedBy = 'hook' | 'application'

/**
 * Splits the options into what core reads and what only this package knows.
 *
 * @throws {ConfigurationError} `ERR_CONFIG_VALUE` for a word that neither knows. Everything else is core's to refuse.
 */
export function readOptions(options: ClientCertOptions | HostsClientCertOptions): {
  core: AuthenticatorOptions | HostsOptions
  decidedBy: DecidedBy
} {
  const { mode, ...core } = options
  if (mode === 'manual') return { core, decidedBy: 'application' }
  if (typeof mode === 'string' && !MODES.includes(mode)) {
    const words = [...MODES, 'manual'].map((word) => `\`${word}\``).join(', ')
    throw new ConfigurationError('ERR_CONFIG_VALUE', 'mode', `is ${JSON.stringify(mode)}`, `Use one of ${words}.`)
  }
  // Given, though perhaps as something that is no word: core says what is wrong with it.
  return { core: 'mode' in options ? { ...core, mode: mode as Mode } : core, decidedBy: 'hook' }
}
