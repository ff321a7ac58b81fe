import { type Authenticator, authenticatorOf } from './authenticator.ts'
import { createHostsAuthenticator } from './hosts-authenticator.ts'
import type { HostsOptions } from './hosts-options.ts'
import { type AuthenticatorOptions, resolveOptions } from './options.ts'

/**
 * Creates an authenticator: everything that decides about client certificates, without a framework.
 *
 * Files and PEM are loaded before this returns. Use one authenticator for each set of trust, or `hosts` for those of one server; verdicts are never
 * shared between two.
 *
 * Revocation is checked as `options.revocation` says, by default not at all.
 *
 * @param options - Read once; unknown, half-given and ill-typed ones throw.
 * @throws {ConfigurationError} With a code `ERR_CONFIG_...`, the option's path, its value and the fix.
 */
export function createAuthenticator(options: AuthenticatorOptions | HostsOptions): Authenticator {
  return isOfHosts(options) ? createHostsAuthenticator(options) : authenticatorOf(resolveOptions(options))
}

/** What is no object is the reader's to refuse. */
const isOfHosts = (options: AuthenticatorOptions | HostsOptions): options is HostsOptions =>
  typeof options === 'object' && options !== null && 'hosts' in options
