/** Reading `from`: where certificates are taken from, and who may assert them. */
import { readPeerRanges } from './address-ranges.ts'
import { list, nearest, readObject, readString, readWord } from './configuration.ts'
import { ConfigurationError, shown } from './configuration-error.ts'
import type { CustomProxy } from './custom-proxy.ts'
import { type AssertedNames, assertedNames, foldHeaderName } from './evidence/asserted-names.ts'
import type { OnProxyVerdict } from './evidence/from-headers.ts'
import { type Gate, secretDigest, socketPath } from './evidence/gate.ts'
import { createPeerList } from './evidence/peer-address.ts'
import type { EvidenceSource } from './evidence/read-evidence.ts'
import { FORMAT_OPTION_NAMES, readFormat } from './format-options.ts'
import { isReservedName } from './header-names.ts'
import { isHeaderValue } from './header-values.ts'
import type { HeaderFormat } from './headers/header-format.ts'
import { PROXY_NAMES, type ProxyChoice } from './headers/registry.ts'
import { type Rule, readRule } from './policy/rule.ts'
import type { TrustSource } from './trust/source.ts'
import { readTrust, type TrustInput } from './trust/sources.ts'

/**
 * Takes certificates from whoever connects, without a gate. For platforms that give no way to know the proxy, such as Azure App Service. Whoever
 * can reach the application can then be anybody, since certificates are public.
 */
export const dangerouslyTrustAnyPeer: unique symbol = Symbol('dangerouslyTrustAnyPeer')

/**
 * Who may assert certificates. Every key that is given must hold.
 *
 * **A forwarded certificate is a bearer token: whoever passes the gate *is* whoever's certificate they paste; certificates are public.**
 */
export interface OnlyFrom {
  /** Addresses or CIDR ranges of the socket's peer. `X-Forwarded-For` is never read. */
  readonly addresses?: readonly string[]
  /** Path of the Unix socket that the server listens on, absolute or as seen from the working directory at start; or its abstract name, from NUL on. */
  readonly unixSocket?: string
  /** The proxy's own client certificate, verified here: what it may chain to, and which certificate of those. */
  readonly certificate?: { readonly trust: TrustInput | readonly TrustInput[]; readonly allow: Rule }
  /** A header that only the proxy knows the value of; 16 characters at least, compared in constant time, removed from the request. */
  readonly secretHeader?: { readonly name: string; readonly value: string }
}

/** A proxy of one's own: see `custom`. */
export interface CustomChoice {
  readonly proxy: CustomProxy
}

/** Certificates asserted by a proxy in headers. */
export type FromProxy = (ProxyChoice | CustomChoice) & {
  /** Default `'consistent'`: the proxy's verdict refuses on contradiction and on what only the proxy can see. It never admits. */
  readonly onProxyVerdict?: OnProxyVerdict
} & (
    | { readonly onlyFrom: OnlyFrom; readonly [dangerouslyTrustAnyPeer]?: never }
    | { readonly onlyFrom?: never; readonly [dangerouslyTrustAnyPeer]: true }
  )

/** Where certificates come from: the TLS connection itself, or a proxy's headers. */
export type From = 'socket' | FromProxy

/** `from`, resolved. */
export interface ResolvedFrom {
  readonly source: EvidenceSource
  /** Headers that are removed from every request; null in socket mode. */
  readonly asserted: AssertedNames | null
  /** How the proxy's own certificate is judged; null where the gate does not ask. */
  readonly proxyCertificate: { readonly trust: readonly TrustSource[]; readonly allow: Rule } | null
  /** Things to say at start. */
  readonly warnings: readonly string[]
}

export function readFrom(value: unknown): ResolvedFrom {
  if (value === undefined || value === 'socket') {
    return { source: { kind: 'socket' }, asserted: null, proxyCertificate: null, warnings: [] }
  }
  if (typeof value === 'string') {
    const near = nearest(value, ['socket', ...PROXY_NAMES])
    const fix =
      near === undefined || near === 'socket'
        ? `Use 'socket', or { proxy, onlyFrom } with one of ${list(PROXY_NAMES)}, or with custom({ header, encoding }).`
        : `Use { proxy: '${near}', onlyFrom: { ... } }: who may send its headers has to be said, too.`
    throw new ConfigurationError('ERR_CONFIG_VALUE', 'from', `is ${shown(value)}`, fix)
  }
  const names = [...FORMAT_OPTION_NAMES, 'onlyFrom', 'onProxyVerdict', dangerouslyTrustAnyPeer] as const
  const given = readObject(value, 'from', names)
  const format = readFormat(given, 'from')
  const onProxyVerdict = 'onProxyVerdict' in given ? readOnProxyVerdict(given.onProxyVerdict, format) : 'consistent'
  const resolved = readGate(given, format.assertedHeaders)
  const secret = resolved.gate?.secretHeader ? [resolved.gate.secretHeader.name] : []
  return {
    source: { kind: 'headers', format, gate: resolved.gate, onProxyVerdict },
    asserted: assertedNames([...format.assertedHeaders, ...secret]),
    proxyCertificate: resolved.proxyCertificate,
    warnings: resolved.warnings,
  }
}

function readOnProxyVerdict(value: unknown, { proxy, verdictHeader }: HeaderFormat): OnProxyVerdict {
  const option = 'from.onProxyVerdict'
  const rule = readWord(value, option, ['consistent', 'must-succeed', 'ignore'])
  if (rule !== 'must-succeed' || verdictHeader !== null) return rule
  const problem = `is 'must-succeed', but ${proxy} states no verdict`
  throw new ConfigurationError('ERR_CONFIG_VALUE', option, problem, 'Leave it out: certificates are verified here.')
}

type ResolvedGate = Pick<ResolvedFrom, 'proxyCertificate' | 'warnings'> & { readonly gate: Gate | null }

function readGate(
  given: { readonly onlyFrom?: unknown; readonly [dangerouslyTrustAnyPeer]?: unknown },
  asserted: readonly string[],
): ResolvedGate {
  if (dangerouslyTrustAnyPeer in given) {
    if (given[dangerouslyTrustAnyPeer] !== true || 'onlyFrom' in given) {
      const fix = 'Set it to true and leave `onlyFrom` out, or the other way round.'
      throw new ConfigurationError('ERR_CONFIG_VALUE', 'from[dangerouslyTrustAnyPeer]', 'contradicts the rest', fix)
    }
    return { gate: null, proxyCertificate: null, warnings: ['from: certificate headers are taken from any peer'] }
  }
  if (!('onlyFrom' in given)) {
    const fix = 'Say who may send the header: onlyFrom: { addresses, unixSocket, certificate or secretHeader }.'
    throw new ConfigurationError('ERR_CONFIG_NO_GATE', 'from.onlyFrom', 'is missing', fix)
  }
  const rules = readObject(given.onlyFrom, 'from.onlyFrom', ['addresses', 'unixSocket', 'certificate', 'secretHeader'])
  if (Reflect.ownKeys(rules).length === 0) {
    throw new ConfigurationError('ERR_CONFIG_NO_GATE', 'from.onlyFrom', 'has no rule', 'Give at least one.')
  }
  const addresses = 'addresses' in rules ? readPeerRanges(rules.addresses, 'from.onlyFrom.addresses') : null
  const certificate = 'certificate' in rules ? readProxyCertificate(rules.certificate) : null
  const isAlone = Reflect.ownKeys(rules).length === 1
  const wide = isAlone ? (addresses?.wide ?? []) : []
  return {
    gate: {
      addresses: addresses && createPeerList(addresses.ranges),
      unixSocket: 'unixSocket' in rules ? socketPath(readString(rules.unixSocket, 'from.onlyFrom.unixSocket')) : null,
      certificate: certificate ? 'required' : null,
      secretHeader: 'secretHeader' in rules ? readSecret(rules.secretHeader, asserted) : null,
    },
    proxyCertificate: certificate,
    warnings: wide.map(
      (range) =>
        `from.onlyFrom.addresses: ${range} is a wide range to be the only rule; everybody in it can be any client`,
    ),
  }
}

function readProxyCertificate(value: unknown): { trust: readonly TrustSource[]; allow: Rule } {
  const option = 'from.onlyFrom.certificate'
  const given = readObject(value, option, ['trust', 'allow'])
  for (const key of ['trust', 'allow'] as const) {
    if (key in given) continue
    const fix = "Give both: what the proxy's certificate chains to, and which certificate of those it is."
    throw new ConfigurationError('ERR_CONFIG_MISSING', `${option}.${key}`, 'is missing', fix)
  }
  return { trust: readTrust(given.trust, `${option}.trust`), allow: readRule(given.allow, `${option}.allow`) }
}

/** Guessing 16 random characters over a network is out of reach. */
const MIN_SECRET_LENGTH = 16

function readSecret(value: unknown, asserted: readonly string[]): NonNullable<Gate['secretHeader']> {
  const option = 'from.onlyFrom.secretHeader'
  const given = readObject(value, option, ['name', 'value'])
  const name = readString(given.name, `${option}.name`).toLowerCase()
  // Of two names that fold into one, each would be refused as the look-alike of the other.
  const isTaken = asserted.some((other) => foldHeaderName(other) === foldHeaderName(name))
  if (!/^[a-z0-9-]+$/.test(name) || isReservedName(name) || isTaken) {
    const fix = 'Give a name of its own, of letters, digits and hyphens.'
    throw new ConfigurationError('ERR_CONFIG_VALUE', `${option}.name`, `is ${shown(name)}`, fix)
  }
  const secret = readString(given.value, `${option}.value`, 'secret')
  if (secret.length < MIN_SECRET_LENGTH) {
    const fix = `Give ${MIN_SECRET_LENGTH} random characters at least: \`openssl rand -hex 16\`.`
    throw new ConfigurationError('ERR_CONFIG_RANGE', `${option}.value`, `has ${secret.length} characters`, fix)
  }
  if (!isHeaderValue(secret)) {
    const problem = 'has white space around it or control characters, which no header can carry'
    throw new ConfigurationError('ERR_CONFIG_VALUE', `${option}.value`, problem, 'Trim what was read from a file.')
  }
  // A secret of other characters is sent as UTF-8, and Node shows each octet as a character.
  return { name, digest: secretDigest(Buffer.from(secret, 'utf8').toString('latin1')) }
}
