/** Options, read once, at construction. What the rest of the program sees is {@link ResolvedOptions}; the input is not kept. */
import { MODES, type Mode } from './admit.ts'
import {
  list,
  pathOf,
  readArray,
  readFunction,
  readInteger,
  readObject,
  readString,
  readWord,
} from './configuration.ts'
import { ConfigurationError, shown } from './configuration-error.ts'
import { MAX_CERTIFICATE_BYTES } from './encoding/certificate-der.ts'
import { type From, type ResolvedFrom, readFrom } from './from-options.ts'
import { DEFAULT_MEMORY, type MemoryLimits } from './memory.ts'
import type { Logger } from './observe.ts'
import { DEFAULT_SIGNATURE_COST } from './path/budget.ts'
import { ANY_POLICY_INPUTS, type PolicyInputs } from './path/policies/check-policies.ts'
import { DEFAULT_MAX_INTERMEDIATES, DEFAULT_MAX_PRESENTED } from './path/verify-path.ts'
import { type Rule, readRule } from './policy/rule.ts'
import { type Responses, readResponses } from './responses.ts'
import { NO_REVOCATION, type ResolvedRevocation, type Revocation, readRevocation } from './revocation-options.ts'
import { dangerouslyAllowWeakAlgorithms, NO_WEAKNESS, WEAKNESSES, type Weakness } from './signatures/weakness.ts'
import type { TrustSource } from './trust/source.ts'
import { readTrust, type TrustInput } from './trust/sources.ts'
import { OID } from './x509/oids.ts'
import { ANY_POLICY } from './x509/policy-extensions.ts'

/** What may differ from route to route. */
export interface RouteOptions {
  /** Default {@link DEFAULT_MODE}. */
  readonly mode?: Mode
  /** Which of the verified clients may come in. Default: all of them. */
  readonly allow?: Rule
  /** Ids of the anchors at which a path may end. Default: every anchor of `trust`. */
  readonly anchors?: readonly string[]
  /** What refused clients are told. Default {@link DEFAULT_RESPONSES}. */
  readonly responses?: Responses
}

/** A purpose by its name, or an OID. */
export type Purpose = 'clientAuth' | 'serverAuth' | (string & {})

/** Certificate policies, the inputs of RFC 5280 6.1.1. */
export interface PolicyOptions {
  /** OIDs of the policies that are accepted. Default: any. With it, a policy is required unless `explicit` says otherwise. */
  readonly accepted?: readonly string[]
  /** Whether the path must be valid under a policy. Default: `'required'` with `accepted`, else `'not-required'`. */
  readonly explicit?: 'required' | 'not-required'
  /** Whether authorities may map policies. Default `'allowed'`. */
  readonly mapping?: 'allowed' | 'inhibited'
  /** Whether anyPolicy counts in certificates. Default `'allowed'`. */
  readonly anyPolicy?: 'allowed' | 'inhibited'
}

/** Bounds on what a stranger can make the program look at. */
export interface Limits {
  /** Certificates looked at besides the end entity, 0 to 64. Default {@link DEFAULT_MAX_PRESENTED}. */
  readonly presented?: number
  /** Bytes of one certificate, 512 to 1,048,576. Default {@link MAX_CERTIFICATE_BYTES}. */
  readonly certificateBytes?: number
  /** Bytes of all presented certificates together, 512 to 1,048,576. Default {@link DEFAULT_MAX_PRESENTED_BYTES}, or `certificateBytes` where that is more. */
  readonly presentedBytes?: number
  /** Cost of the signatures of one search, where RSA-2048 is 1; 1 to 10,000. Default {@link DEFAULT_SIGNATURE_COST}. */
  readonly signatureCost?: number
  /** Clients remembered in header mode, 0 to 1,000,000. Default 10,000. */
  readonly remembered?: number
}

/** Options of an authenticator; adapters take the same ones. */
export interface AuthenticatorOptions extends RouteOptions {
  /** What client certificates must chain to. Required. */
  readonly trust: TrustInput | readonly TrustInput[]
  /** Where certificates come from. Default `'socket'`: the TLS connection itself. */
  readonly from?: From
  /** Whether and how revocation is checked. Default `'skip'`: it is not, and every report says so. */
  readonly revocation?: Revocation
  /** Intermediates allowed between end entity and anchor, 0 to 10. Default {@link DEFAULT_MAX_INTERMEDIATES}. */
  readonly maxIntermediates?: number
  /**
   * What certificates must be for (RFC 5280 4.2.1.12): `'clientAuth'`, the default, `'serverAuth'`, or the OID of another extended key usage. A
   * certificate without the extension is for everything.
   */
  readonly purpose?: Purpose
  /** Which certificate policies are asked for (RFC 5280 6.1.1 c to g). Default: none. */
  readonly policies?: PolicyOptions
  /** Weak algorithms to let pass, by name. Default: none. */
  readonly [dangerouslyAllowWeakAlgorithms]?: readonly Weakness[]
  readonly limits?: Limits
  /** Gets every refusal, warning and reload. Default: none; the diagnostics channels carry the same. */
  readonly logger?: Logger
  /** Tells the time. Default: the system's clock. */
  readonly clock?: () => Date
}

/** Closed unless told otherwise. */
export const DEFAULT_MODE: Mode = 'required'

/**
 * OpenSSL takes 102,400 bytes of certificates in a handshake unless told otherwise, and Node has no way to tell it. Eleven certificates of 64 kB each, made to
 * be slow to read, stopped the loop for 15 ms, and at their first reading for 80.
 */
export const DEFAULT_MAX_PRESENTED_BYTES = 131_072

/** The words that clients of Kong's mtls-auth know. */
export const DEFAULT_RESPONSES: Responses = 'kong'

export interface ResolvedRoute {
  readonly mode: Mode
  readonly allow: Rule | null
  /** Null for all. */
  readonly anchors: ReadonlySet<string> | null
  readonly responses: Responses
}

export interface ResolvedOptions {
  readonly route: ResolvedRoute
  readonly trust: readonly TrustSource[]
  readonly from: ResolvedFrom
  readonly revocation: ResolvedRevocation
  readonly maxIntermediates: number
  readonly requiredEku: string
  readonly policies: PolicyInputs
  readonly allowedWeaknesses: ReadonlySet<Weakness>
  readonly maxPresented: number
  readonly maxCertificateBytes: number
  readonly maxPresentedBytes: number
  readonly signatureCost: number
  readonly memory: MemoryLimits
  readonly logger: Logger | null
  readonly clock: () => Date
}

export const ROUTE_OPTION_NAMES = ['mode', 'allow', 'anchors', 'responses'] as const

/** The names of all options, for adapters that take others beside them. */
export const OPTION_NAMES = [
  ...ROUTE_OPTION_NAMES,
  'trust',
  'from',
  'revocation',
  'maxIntermediates',
  'purpose',
  'policies',
  dangerouslyAllowWeakAlgorithms,
  'limits',
  'logger',
  'clock',
  'hosts',
] as const

/** Reads the options of an authenticator for one set of trust. @throws {ConfigurationError} */
export function resolveOptions(input: unknown): ResolvedOptions {
  const given = readObject(input, '', OPTION_NAMES)
  if ('hosts' in given) {
    const fix = 'Give the trust itself: what is decided about here comes with no request that would name a host.'
    throw new ConfigurationError('ERR_CONFIG_VALUE', 'hosts', 'has no meaning here', fix)
  }
  if (!('trust' in given)) {
    const fix = "Say what client certificates must chain to: trust: { file: './clients-ca.pem' }."
    throw new ConfigurationError('ERR_CONFIG_MISSING', 'trust', 'is missing', fix)
  }
  const trust = readTrust(given.trust, 'trust')
  const limits = 'limits' in given ? readLimits(given.limits) : {}
  const maxCertificateBytes = limits.certificateBytes ?? MAX_CERTIFICATE_BYTES
  return Object.freeze({
    route: readRouteGiven(given, '', trust, null),
    trust,
    from: 'from' in given ? readFrom(given.from) : readFrom('socket'),
    revocation: 'revocation' in given ? readRevocation(given.revocation) : NO_REVOCATION,
    maxIntermediates:
      'maxIntermediates' in given
        ? readInteger(given.maxIntermediates, 'maxIntermediates', 0, 10)
        : DEFAULT_MAX_INTERMEDIATES,
    requiredEku: 'purpose' in given ? readPurpose(given.purpose) : OID.clientAuth,
    policies: 'policies' in given ? readPolicies(given.policies) : ANY_POLICY_INPUTS,
    allowedWeaknesses: readWeaknesses(given),
    maxPresented: limits.presented ?? DEFAULT_MAX_PRESENTED,
    maxCertificateBytes,
    maxPresentedBytes: limits.presentedBytes ?? Math.max(DEFAULT_MAX_PRESENTED_BYTES, maxCertificateBytes),
    signatureCost: limits.signatureCost ?? DEFAULT_SIGNATURE_COST,
    memory: { ...DEFAULT_MEMORY, clients: limits.remembered ?? DEFAULT_MEMORY.clients },
    logger: 'logger' in given ? readLogger(given.logger) : null,
    clock: 'clock' in given ? readFunction<() => Date>(given.clock, 'clock') : () => new Date(),
  })
}

/**
 * Reads the options of one route: an object, or just the mode. What a route leaves out, the authenticator's options fill in.
 *
 * @param option - Path for messages, such as `config.clientCert`.
 */
export function resolveRoute(
  input: unknown,
  option: string,
  { route, trust }: Pick<ResolvedOptions, 'route' | 'trust'>,
): ResolvedRoute {
  if (typeof input === 'string') return Object.freeze({ ...route, mode: readWord(input, option, MODES) })
  return readRouteGiven(readObject(input, option, ROUTE_OPTION_NAMES), option, trust, route)
}

function readRouteGiven(
  given: { readonly [Name in keyof RouteOptions]?: unknown },
  option: string,
  trust: readonly TrustSource[],
  inherited: ResolvedRoute | null,
): ResolvedRoute {
  const at = (name: string) => pathOf(option, name)
  return Object.freeze({
    mode: 'mode' in given ? readWord(given.mode, at('mode'), MODES) : (inherited?.mode ?? DEFAULT_MODE),
    allow: 'allow' in given ? readRule(given.allow, at('allow')) : (inherited?.allow ?? null),
    anchors: 'anchors' in given ? readAnchors(given.anchors, at('anchors'), trust) : (inherited?.anchors ?? null),
    responses:
      'responses' in given
        ? readResponses(given.responses, at('responses'))
        : (inherited?.responses ?? DEFAULT_RESPONSES),
  })
}

function readAnchors(value: unknown, option: string, trust: readonly TrustSource[]): ReadonlySet<string> {
  if (Array.isArray(value) && value.length === 0) {
    throw new ConfigurationError(
      'ERR_CONFIG_ANCHOR_ID',
      option,
      'is empty',
      'Name at least one anchor, or leave it out for all.',
    )
  }
  const known = trust.flatMap(({ id }) => (id === undefined ? [] : [id]))
  const ids = readArray(value, option).map((id, index) => readString(id, `${option}[${index}]`))
  for (const [index, id] of ids.entries()) {
    const at = `${option}[${index}]`
    if (!known.includes(id)) {
      const fix = known.length === 0 ? 'No source of `trust` has an `id`: give it one.' : `Known ids: ${list(known)}.`
      throw new ConfigurationError('ERR_CONFIG_ANCHOR_ID', at, `is ${shown(id)}, which no source has`, fix)
    }
    if (ids.indexOf(id) !== index) {
      throw new ConfigurationError('ERR_CONFIG_ANCHOR_ID', at, `names ${shown(id)} a second time`, 'Name each once.')
    }
  }
  return new Set(ids)
}

function readLimits(value: unknown): Limits {
  const ranges = {
    presented: [0, 64],
    certificateBytes: [512, 1_048_576],
    presentedBytes: [512, 1_048_576],
    signatureCost: [1, 10_000],
    remembered: [0, 1_000_000],
  } as const
  const names = ['presented', 'certificateBytes', 'presentedBytes', 'signatureCost', 'remembered'] as const
  const given = readObject(value, 'limits', names)
  return Object.fromEntries(
    names
      .filter((name) => name in given)
      .map((name) => [name, readInteger(given[name], `limits.${name}`, ranges[name][0], ranges[name][1])]),
  )
}

function readWeaknesses(given: { readonly [dangerouslyAllowWeakAlgorithms]?: unknown }): ReadonlySet<Weakness> {
  if (!(dangerouslyAllowWeakAlgorithms in given)) return NO_WEAKNESS
  const option = 'dangerouslyAllowWeakAlgorithms'
  const names = readArray(given[dangerouslyAllowWeakAlgorithms], option)
  const read = names.map((name, index) => readWord(name, `${option}[${index}]`, WEAKNESSES))
  const twice = read.findIndex((name, index) => read.indexOf(name) !== index)
  if (twice !== -1) {
    const at = `${option}[${twice}]`
    throw new ConfigurationError('ERR_CONFIG_VALUE', at, `names ${shown(read[twice])} a second time`, 'Name each once.')
  }
  return new Set(read)
}

function readPurpose(value: unknown): string {
  if (value === 'clientAuth' || value === 'serverAuth') return OID[value]
  const text = readString(value, 'purpose')
  if (isOidText(text)) return text
  const fix = "Use 'clientAuth', 'serverAuth', or an object identifier in dotted decimal."
  throw new ConfigurationError('ERR_CONFIG_VALUE', 'purpose', `is ${shown(text)}`, fix)
}

const isOidText = (text: string): boolean => /^[0-2](?:\.(?:0|[1-9]\d*))+$/.test(text)

function readOidText(value: unknown, option: string): string {
  const text = readString(value, option)
  if (isOidText(text)) return text
  throw new ConfigurationError(
    'ERR_CONFIG_VALUE',
    option,
    `is ${shown(text)}`,
    'Give an object identifier in dotted decimal.',
  )
}

function readPolicies(value: unknown): PolicyInputs {
  const given = readObject(value, 'policies', ['accepted', 'explicit', 'mapping', 'anyPolicy'])
  const word = <Word extends string>(name: 'explicit' | 'mapping' | 'anyPolicy', words: readonly Word[]) =>
    name in given ? readWord(given[name], `policies.${name}`, words) : undefined
  const accepted =
    'accepted' in given
      ? readArray(given.accepted, 'policies.accepted').map((oid, index) =>
          readOidText(oid, `policies.accepted[${index}]`),
        )
      : null
  const explicit = word('explicit', ['required', 'not-required']) ?? (accepted ? 'required' : 'not-required')
  return Object.freeze({
    accepted: accepted && !accepted.includes(ANY_POLICY) ? new Set(accepted) : null,
    requireExplicit: explicit === 'required',
    inhibitMapping: word('mapping', ['allowed', 'inhibited']) === 'inhibited',
    inhibitAny: word('anyPolicy', ['allowed', 'inhibited']) === 'inhibited',
  })
}

/** Reads the option `logger`. */
export function readLogger(value: unknown, option = 'logger'): Logger {
  if (typeof value === 'object' && value !== null && 'info' in value && 'warn' in value) {
    const { info, warn } = value
    if (typeof info === 'function' && typeof warn === 'function') return value as Logger
  }
  throw new ConfigurationError(
    'ERR_CONFIG_TYPE',
    option,
    `is ${shown(value)}`,
    'Give an object with info() and warn(), such as pino.',
  )
}
