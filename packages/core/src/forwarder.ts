import { readObject } from './configuration.ts'
import { ConfigurationError } from './configuration-error.ts'
import type { CustomProxy } from './custom-proxy.ts'
import { type AssertedNames, assertedNames } from './evidence/asserted-names.ts'
import { FORMAT_OPTION_NAMES, readFormat } from './format-options.ts'
import type { ForwardedClient, HeaderFormat } from './headers/header-format.ts'
import { createFormat, PROXY_NAMES, type ProxyChoice, type ProxyName } from './headers/registry.ts'

/**
 * How what is decided here is written for the application behind: by the name of a proxy, by `custom()`, or by the same choice that `from` takes, without
 * what is for reading alone.
 */
export type ForwardFormat = ProxyName | CustomProxy | ForwardChoice<ProxyChoice> | { readonly proxy: CustomProxy }

type ForwardChoice<Choice> = Choice extends ProxyChoice ? Omit<Choice, 'trustedHops'> : never

/** A format, ready to write. */
export interface Forwarder {
  /** What is left behind: the headers of every proxy that is known, and those of this format under its own names. */
  readonly asserted: AssertedNames
  readonly encode: (client: ForwardedClient | null) => Readonly<Record<string, string>>
}

const ASSERTED_BY_ANY = PROXY_NAMES.flatMap((name) => createFormat(name).assertedHeaders)

/** Options are read once, as everywhere; here by the name, or by the object that holds them. */
const forwarders: { readonly byName: Map<string, Forwarder>; readonly byChoice: WeakMap<object, Forwarder> } = {
  byName: new Map(),
  byChoice: new WeakMap(),
}

/**
 * The format, ready to write, read once for each name or object.
 *
 * @throws {ConfigurationError} What `from` throws for a format that is none.
 */
export function forwarderFor(format: ForwardFormat): Forwarder {
  const { byName, byChoice } = forwarders
  if (typeof format === 'string') return byName.get(format) ?? remember(byName, format, { proxy: format })
  if (typeof format !== 'object' || format === null) return createForwarder({ proxy: format }) // Which throws.
  return byChoice.get(format) ?? remember(byChoice, format, 'proxy' in format ? format : { proxy: format })
}

function remember<Key>(
  known: { readonly set: (key: Key, forwarder: Forwarder) => unknown },
  key: Key,
  choice: object,
): Forwarder {
  const forwarder = createForwarder(choice)
  known.set(key, forwarder)
  return forwarder
}

function createForwarder(choice: object): Forwarder {
  const given = readObject(choice, 'format', FORMAT_OPTION_NAMES)
  const format = readFormat(given, 'format')
  if ('trustedHops' in given) {
    const problem = 'has no meaning for what is written: one element, which replaces what came'
    throw new ConfigurationError('ERR_CONFIG_VALUE', 'format.trustedHops', problem, 'Leave it out.')
  }
  return {
    asserted: assertedNames([...ASSERTED_BY_ANY, ...format.assertedHeaders]),
    encode: (client) => checkPrintable(encodeClient(format, client), format),
  }
}

/** A certificate that is not verified goes out with a verdict that says so, or not at all. What a format can say is asked of what it wrote. */
function encodeClient(format: HeaderFormat, client: ForwardedClient | null): Readonly<Record<string, string>> {
  const headers = format.encode(client)
  if (client === null || client.failedFor === null) return headers
  const read = format.read(new Map(Object.entries(headers).map(([name, value]) => [name, [value]])))
  const verdict = read.ok ? read.value.verdict : null
  return verdict?.ok && verdict.value.said === 'failed' ? headers : format.encode(null)
}

/** RFC 9110 5.5, RFC 9440 section 4: a line break or a character that readers disagree about would let a certificate write other fields. */
function checkPrintable(
  headers: Readonly<Record<string, string>>,
  { proxy }: HeaderFormat,
): Readonly<Record<string, string>> {
  for (const [name, value] of Object.entries(headers)) {
    if (/^[\x20-\x7e]*$/.test(value)) continue
    const problem = `writes ${name} with a character that is not printable ASCII`
    throw new ConfigurationError('ERR_CONFIG_NOT_FORWARDABLE', 'format', `${proxy} ${problem}`, 'Use another encoding.')
  }
  return headers
}
