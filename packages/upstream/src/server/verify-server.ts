import { type AuthenticatorStatus, escapeHostile, explain, type Logger } from '@clientcert/core'
import type { AuthoritiesFrom } from '../material/material.ts'
import { type UpstreamError, upstreamError } from '../upstream-error.ts'
import { asAuthorities, trustOf } from './authorities.ts'
import { checkExpectation } from './check-expectation.ts'
import type { Expectation } from './expectation.ts'
import type { Presented } from './presented.ts'
import type { ResolvedServer } from './server-options.ts'

/** What is known of how servers are judged. */
export type ServerVerifierStatus = Pick<
  AuthenticatorStatus,
  'ready' | 'anchors' | 'intermediates' | 'revocation' | 'crlSources' | 'fetched'
> & { readonly verification: ResolvedServer['verification'] }

/** Judges the servers that we connect to, by one set of authorities. */
export interface ServerVerifier {
  /**
   * Verifies that a server is who is expected: its path, its revocation, its name.
   *
   * A path that was verified is not remembered: certificates expire and are revoked between two connections, resumed ones included.
   *
   * @param server - `host:port`, for messages.
   * @param presented - Its own certificate, then the others that it sent. Untrusted.
   * @returns Null where it is; else `ERR_UPSTREAM_CERTIFICATE`, or a code of `checkExpectation`.
   */
  readonly verify: (server: string, presented: Presented, expectation: Expectation) => Promise<UpstreamError | null>
  /** Resolves when the authorities and every CRL have loaded once. */
  readonly ready: () => Promise<void>
  /** Loads CRLs again, now. */
  readonly reload: () => Promise<void>
  readonly status: () => ServerVerifierStatus
  /** Servers are refused from here on. */
  readonly close: () => void
}

export interface ServerVerifierDependencies {
  readonly clock: () => Date
  readonly logger: Logger | null
  /** Whose authorities they are: what the system trusts may hold what this library does not read. */
  readonly authoritiesFrom: AuthoritiesFrom
}

/**
 * Creates what judges servers.
 *
 * @param authorities - PEM, one text for each certificate. Trusted.
 * @throws {ConfigurationError} Where the authorities are none, or a CRL at hand cannot be loaded.
 */
export function createServerVerifier(
  authorities: readonly string[],
  resolved: ResolvedServer,
  deps: ServerVerifierDependencies,
): ServerVerifier {
  const { logger } = deps
  if (resolved.verification === 'disabled') return createAcceptingVerifier(logger)
  const trust = trustOf(authorities, deps.authoritiesFrom, logger)
  const authenticator = asAuthorities(() => resolved.rules.createAuthenticator(trust, deps))
  return {
    verify: async (server, [der, ...presented], expectation) => {
      const decision = await authenticator.verify({ der, presented })
      if (decision.outcome === 'accepted') {
        // `ignore-ca-error` lets a server pass for whom nobody could vouch; that must not go unsaid.
        if (decision.revocation.status === 'unanswered') {
          const warning = `${escapeHostile(server)}: nobody said whether its certificate is revoked, and it is let pass`
          logger?.warn({ server: escapeHostile(server), explanation: explain(decision) }, warning)
        }
        return checkExpectation(decision.identity.certificate, expectation, server)
      }
      if (!('failure' in decision)) throw new Error(`a server was ${decision.outcome}, which is no verdict`)
      return upstreamError('ERR_UPSTREAM_CERTIFICATE', { server: escapeHostile(server), failure: decision.failure })
    },
    ready: authenticator.ready,
    reload: authenticator.reload,
    status: () => {
      const { ready, anchors, intermediates, revocation, crlSources, fetched } = authenticator.status()
      return { verification: 'enabled', ready, anchors, intermediates, revocation, crlSources, fetched }
    },
    close: authenticator.close,
  }
}

/** Under `dangerouslyDisableServerVerification` alone. */
function createAcceptingVerifier(logger: Logger | null): ServerVerifier {
  const warning = 'dangerouslyDisableServerVerification: every server is taken for the one that is meant, whoever it is'
  if (logger) logger.warn({}, warning)
  else process.emitWarning(warning, 'ClientCertWarning')
  return {
    verify: async () => null,
    ready: async () => {},
    reload: async () => {},
    status: () => ({
      verification: 'disabled',
      ready: true,
      anchors: 0,
      intermediates: 0,
      revocation: 'skip',
      crlSources: [],
      fetched: null,
    }),
    close: () => {},
  }
}
