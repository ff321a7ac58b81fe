/** Servers that we connect to, judged by the same rules as clients, and told of to nobody but the caller. */
import { type Authenticator, authenticatorOf } from './authenticator.ts'
import { createObserver, type Logger } from './observe.ts'
import { type AuthenticatorOptions, resolveOptions } from './options.ts'
import type { RevocationMode } from './revocation/judge.ts'
import type { dangerouslyAllowWeakAlgorithms } from './signatures/weakness.ts'
import { readTrust, type TrustInput } from './trust/sources.ts'

/** How servers are judged: the options of an authenticator that speak of certificates. */
export type ServerRuleOptions = Pick<
  AuthenticatorOptions,
  'revocation' | 'limits' | 'maxIntermediates' | 'policies' | typeof dangerouslyAllowWeakAlgorithms
>

/** Decides about servers. */
export type ServerAuthenticator = Pick<Authenticator, 'verify' | 'ready' | 'reload' | 'status' | 'close'>

/** How servers are judged, read, for one set of authorities after another. */
export interface ServerRules {
  readonly revocation: RevocationMode
  /**
   * Creates what judges by these rules. @param told - Of sources and warnings, not of decisions.
   * @throws {ConfigurationError} Where authorities or CRLs at hand cannot be loaded.
   */
  readonly createAuthenticator: (
    trust: TrustInput,
    told: { readonly clock: () => Date; readonly logger: Logger | null },
  ) => ServerAuthenticator
}

/** Stands where the authorities will: they rotate, and what is asked of servers does not. */
const NO_TRUST_YET = { name: 'none yet', load: () => [] }

/**
 * Reads how servers are judged, once, for authorities that come later: their certificates have to be good for serverAuth (RFC 5280 4.2.1.12).
 *
 * Decisions are returned and neither logged nor published: `clientcert:decision` and the counters are about clients. Does not compare names: whether a verified
 * server is the one that was meant is the caller's to check.
 *
 * @param options - Read once; unknown and ill-typed ones throw.
 * @throws {ConfigurationError}
 */
export function readServerRules(options: ServerRuleOptions): ServerRules {
  const resolved = resolveOptions({ ...options, trust: NO_TRUST_YET, purpose: 'serverAuth', mode: 'required' })
  return Object.freeze({
    revocation: resolved.revocation.settings.mode,
    createAuthenticator: (trust, { clock, logger }) => {
      const observer = { ...createObserver(logger), decided: () => {} }
      return authenticatorOf({ ...resolved, trust: readTrust(trust, 'trust'), clock, logger }, observer)
    },
  } satisfies ServerRules)
}
