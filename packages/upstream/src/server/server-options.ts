/** The options of `createTlsContext` that say whom we talk to, read once. */
import {
  type AuthenticatorOptions,
  ConfigurationError,
  type CrlInput,
  dangerouslyAllowWeakAlgorithms,
  type Limits,
  type Revocation,
  readObject,
  readServerRules,
  type ServerRuleOptions,
  type ServerRules,
  shown,
} from '@clientcert/core'
import type { ExpectedServer } from './expected-server.ts'
import { readExpectedServer } from './read-expected-server.ts'

/**
 * Key of the option that turns the verification of servers off. Whoever is between us and the server then reads and changes everything, and gets our certificate
 * shown. For a test bench at most: an authority of one's own is `caCertChainFile`, another name than the host's is `expectedServer`.
 */
export const dangerouslyDisableServerVerification: unique symbol = Symbol('dangerouslyDisableServerVerification')

/** Whom we talk to, and how servers are judged. */
export interface ServerOptions {
  /** Whom the server's certificate has to name. Default: see {@link ExpectedServer}. */
  readonly expectedServer?: ExpectedServer
  /** CRLs by which every certificate of a server's path is judged: short for `revocation: { mode: 'strict', crls }`, and never beside it. */
  readonly crl?: CrlInput | readonly CrlInput[]
  /** Whether and how revocation is checked. Default `'skip'`. */
  readonly revocation?: Revocation
  /** Bounds on what a server can make the program look at. */
  readonly limits?: Omit<Limits, 'remembered'>
  /** Intermediates allowed between server and authority, 0 to 10. Default 8. */
  readonly maxIntermediates?: number
  /** Which certificate policies are asked for (RFC 5280 6.1.1 c to g). Default: none. */
  readonly policies?: NonNullable<AuthenticatorOptions['policies']>
  /** Weak algorithms to let pass, by name. Default: none. */
  readonly [dangerouslyAllowWeakAlgorithms]?: NonNullable<AuthenticatorOptions[typeof dangerouslyAllowWeakAlgorithms]>
  /** `true` accepts every server. Warns at start. Default: servers are verified. */
  readonly [dangerouslyDisableServerVerification]?: true
}

export const SERVER_OPTION_NAMES = [
  'expectedServer',
  'crl',
  'revocation',
  'limits',
  'maxIntermediates',
  'policies',
  dangerouslyAllowWeakAlgorithms,
  dangerouslyDisableServerVerification,
] as const

/** What `readServerOptions` takes of everything that was given. */
export type GivenServer = { readonly [Name in (typeof SERVER_OPTION_NAMES)[number]]?: unknown }

export interface ResolvedServer {
  readonly verification: 'enabled' | 'disabled'
  /** Undefined for the default. */
  readonly expected: ExpectedServer | undefined
  readonly rules: ServerRules
}

/** @throws {ConfigurationError} */
export function readServerOptions(given: GivenServer): ResolvedServer {
  const verification = readVerification(given)
  const expected = 'expectedServer' in given ? readExpectedServer(given.expectedServer, 'expectedServer') : undefined
  return Object.freeze({ verification, expected, rules: readRules(given) })
}

function readRules(given: GivenServer): ServerRules {
  if (!('crl' in given)) return readServerRules(ruleOptions(given))
  const { revocation, createAuthenticator } = asCrl(() => readServerRules(ruleOptions(given)))
  return Object.freeze<ServerRules>({
    revocation,
    createAuthenticator: (trust, told) => asCrl(() => createAuthenticator(trust, told)),
  })
}

/** Says `crl` where core, which knows the long form alone, says `revocation.crls`. */
function asCrl<Made>(make: () => Made): Made {
  try {
    return make()
  } catch (error) {
    const long = 'revocation.crls'
    if (!(error instanceof ConfigurationError && error.option.startsWith(long))) throw error
    throw error.renamed(`crl${error.option.slice(long.length)}`)
  }
}

function readVerification(given: GivenServer): ResolvedServer['verification'] {
  if (!(dangerouslyDisableServerVerification in given)) return 'enabled'
  const option = 'dangerouslyDisableServerVerification'
  const value = given[dangerouslyDisableServerVerification]
  if (value !== true) {
    throw new ConfigurationError('ERR_CONFIG_VALUE', option, `is ${shown(value)}`, 'Leave it out to verify servers.')
  }
  const other = SERVER_OPTION_NAMES.find((name) => name !== dangerouslyDisableServerVerification && name in given)
  if (other === undefined) return 'disabled'
  const name = typeof other === 'symbol' ? other.description : other
  const fix = `Servers are either verified or not: leave \`${option}\` out, or \`${name}\`.`
  throw new ConfigurationError('ERR_CONFIG_VALUE', option, `stands beside \`${name}\``, fix)
}

const LIMITS = ['presented', 'certificateBytes', 'presentedBytes', 'signatureCost'] as const

/** Core reads each of them. */
function ruleOptions(given: GivenServer): ServerRuleOptions {
  const options: { -readonly [Name in keyof ServerRuleOptions]: unknown } = {}
  if ('limits' in given) options.limits = readObject(given.limits, 'limits', LIMITS)
  if ('maxIntermediates' in given) options.maxIntermediates = given.maxIntermediates
  if ('policies' in given) options.policies = given.policies
  if (dangerouslyAllowWeakAlgorithms in given) {
    options[dangerouslyAllowWeakAlgorithms] = given[dangerouslyAllowWeakAlgorithms]
  }
  if ('revocation' in given) options.revocation = given.revocation
  if ('crl' in given) {
    if ('revocation' in given) {
      const fix = 'Put the CRLs into `revocation.crls`, or leave `revocation` out: `crl` alone is strict.'
      throw new ConfigurationError('ERR_CONFIG_VALUE', 'crl', 'stands beside `revocation`', fix)
    }
    options.revocation = { mode: 'strict', crls: given.crl }
  }
  // Nobody has looked at the values yet: that is what `readServerRules` is for.
  return options as ServerRuleOptions
}
