/** The environment of the connector, by the names that Ambassador's has. An empty variable is one that is not set, as in its table of defaults. */
import { readFileSync } from 'node:fs'
import { Agent as HttpsAgent } from 'node:https'
import { isIPv6 } from 'node:net'
import type { ConsulConnectOptions } from '../options.ts'
import { UsageError } from './usage-error.ts'

export interface ConnectorEnvironment {
  readonly connect: ConsulConnectOptions
  /** Path segments under the directory: the namespace where there is one, and the name of the secret. */
  readonly secret: { readonly namespace: string | null; readonly name: string }
}

/** Ours; anything else that begins as they do is a misspelling. */
const OWN = [
  '_AMBASSADOR_ID',
  '_AMBASSADOR_TLS_SECRET_NAME',
  '_AMBASSADOR_TLS_SECRET_NAMESPACE',
  '_CONSUL_HOST',
  '_CONSUL_PORT',
] as const

/** Of Consul's own that would change what is connected to, and that are not understood here: passed over, they would look as if they were. */
const NOT_UNDERSTOOD = ['CONSUL_HTTP_AUTH', 'CONSUL_CAPATH', 'CONSUL_TLS_SERVER_NAME', 'CONSUL_HTTP_SSL_VERIFY']

/** RFC 1123 as Kubernetes reads it: the name of a Secret is a subdomain, that of a namespace a label. Neither can leave a directory. */
const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
const DNS_LABEL = new RegExp(`^${LABEL}$`)
const DNS_SUBDOMAIN = new RegExp(`^(?=.{1,253}$)${LABEL}(?:\\.${LABEL})*$`)

/**
 * Reads the environment, once, at start.
 *
 * @throws {UsageError} Naming the variable and the fix.
 */
export function readEnvironment(env: NodeJS.ProcessEnv): ConnectorEnvironment {
  const get = (name: string): string | null => env[name] || null
  refuseUnknown(env)
  const id = readId(get)
  const base = id === null ? 'ambassador' : `ambassador-${id}`
  return {
    connect: { service: base, url: readUrl(get), ...readTls(get), ...readToken(get), ...readScope(get) },
    secret: {
      namespace: readName(get, '_AMBASSADOR_TLS_SECRET_NAMESPACE', DNS_LABEL, 'a DNS label'),
      name:
        readName(get, '_AMBASSADOR_TLS_SECRET_NAME', DNS_SUBDOMAIN, 'a DNS subdomain') ??
        checkedDefault(`${base}-consul-connect`),
    },
  }
}

type Get = (name: string) => string | null

function refuseUnknown(env: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(env)) {
    if (!/^_(?:AMBASSADOR|CONSUL)_/.test(name) || OWN.some((own) => own === name)) continue
    throw new UsageError(`${name} is not known. Known are ${OWN.join(', ')}.`)
  }
  const set = NOT_UNDERSTOOD.find((name) => env[name])
  if (set !== undefined) {
    throw new UsageError(
      `${set} is not understood by the connector. Unset it for this program: ${NOT_UNDERSTOOD.join(', ')} are not read.`,
    )
  }
}

function readId(get: Get): string | null {
  const id = get('_AMBASSADOR_ID')
  if (id === null) {
    const theirs = get('AMBASSADOR_ID')
    if (theirs === null) return null
    throw new UsageError(
      `AMBASSADOR_ID is set (${JSON.stringify(theirs)}), and _AMBASSADOR_ID is not. Set _AMBASSADOR_ID to the same id, so that connectors of several Ambassadors do not share a service and a secret.`,
    )
  }
  if (/^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(id) && id.length <= 200) return id
  throw new UsageError(
    `_AMBASSADOR_ID is ${JSON.stringify(id)}. Give letters, digits, dots and hyphens: it becomes part of names.`,
  )
}

/** An id in capitals is a name in Consul and none in Kubernetes. */
function checkedDefault(name: string): string {
  if (DNS_SUBDOMAIN.test(name)) return name
  throw new UsageError(
    `_AMBASSADOR_ID makes the secret's name ${JSON.stringify(name)}, which is no DNS subdomain (RFC 1123). Set _AMBASSADOR_TLS_SECRET_NAME.`,
  )
}

function readName(get: Get, variable: string, form: RegExp, what: string): string | null {
  const name = get(variable)
  if (name === null || form.test(name)) return name
  throw new UsageError(
    `${variable} is ${JSON.stringify(name)}. Give ${what} (RFC 1123): lower-case letters, digits and hyphens${form === DNS_SUBDOMAIN ? ', with dots between' : ''}.`,
  )
}

function readUrl(get: Get): string {
  const [host, port, address] = [get('_CONSUL_HOST'), get('_CONSUL_PORT'), get('CONSUL_HTTP_ADDR')]
  const isTls = readSwitch(get, 'CONSUL_HTTP_SSL')
  if (address !== null) {
    const other = host !== null ? '_CONSUL_HOST' : port !== null ? '_CONSUL_PORT' : null
    if (other !== null)
      throw new UsageError(`CONSUL_HTTP_ADDR and ${other} are both set. Unset one: they could name two agents.`)
    if (/^unix:/i.test(address)) return address
    const scheme = /^([a-z]+):\/\//i.exec(address)?.[1]?.toLowerCase()
    if (scheme === undefined) return `${isTls ? 'https' : 'http'}://${address}`
    if (isTls && scheme !== 'https') {
      throw new UsageError(
        `CONSUL_HTTP_SSL is true, and CONSUL_HTTP_ADDR is ${JSON.stringify(address)}. Write https:// there, or unset CONSUL_HTTP_SSL.`,
      )
    }
    return address
  }
  if (host !== null && !/^[A-Za-z0-9._:-]+$/.test(host)) {
    throw new UsageError(`_CONSUL_HOST is ${JSON.stringify(host)}. Give a name or an address, without scheme and port.`)
  }
  if (host?.includes(':') && !isIPv6(host)) {
    throw new UsageError(`_CONSUL_HOST is ${JSON.stringify(host)}. Give the port as _CONSUL_PORT.`)
  }
  if (port !== null && !(/^[1-9]\d{0,4}$/.test(port) && Number(port) <= 65_535)) {
    throw new UsageError(`_CONSUL_PORT is ${JSON.stringify(port)}. Give a number from 1 to 65535.`)
  }
  const name = host ?? '127.0.0.1'
  return `${isTls ? 'https' : 'http'}://${isIPv6(name) ? `[${name}]` : name}:${port ?? '8500'}`
}

function readTls(get: Get): Pick<ConsulConnectOptions, 'agent'> {
  const [ca, cert, key] = [get('CONSUL_CACERT'), get('CONSUL_CLIENT_CERT'), get('CONSUL_CLIENT_KEY')]
  if (ca === null && cert === null && key === null) return {}
  if ((cert === null) !== (key === null)) {
    const [has, lacks] =
      cert === null ? ['CONSUL_CLIENT_KEY', 'CONSUL_CLIENT_CERT'] : ['CONSUL_CLIENT_CERT', 'CONSUL_CLIENT_KEY']
    throw new UsageError(`${has} is set without ${lacks}. Set both: each is of no use without the other.`)
  }
  const agent = new HttpsAgent({
    rejectUnauthorized: true,
    ...(ca === null ? {} : { ca: readFileNamed('CONSUL_CACERT', ca) }),
    ...(cert === null || key === null
      ? {}
      : { cert: readFileNamed('CONSUL_CLIENT_CERT', cert), key: readFileNamed('CONSUL_CLIENT_KEY', key) }),
  })
  return { agent }
}

function readFileNamed(variable: string, path: string): string {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    throw new UsageError(`${variable}: ${path} cannot be read (${code}).`)
  }
  // Node takes an empty text for an option that is not given, and would trust every public authority.
  if (text.includes('-----BEGIN ')) return text
  throw new UsageError(`${variable}: ${path} holds no PEM. Give a file that does, or unset ${variable}.`)
}

function readToken(get: Get): Pick<ConsulConnectOptions, 'token' | 'tokenFile'> {
  const [token, tokenFile] = [get('CONSUL_HTTP_TOKEN'), get('CONSUL_HTTP_TOKEN_FILE')]
  if (token !== null && tokenFile !== null) {
    throw new UsageError(
      'CONSUL_HTTP_TOKEN and CONSUL_HTTP_TOKEN_FILE are both set. Unset one: they could be two tokens.',
    )
  }
  return { ...(token === null ? {} : { token }), ...(tokenFile === null ? {} : { tokenFile }) }
}

function readScope(get: Get): Pick<ConsulConnectOptions, 'namespace' | 'partition'> {
  const [namespace, partition] = [get('CONSUL_NAMESPACE'), get('CONSUL_PARTITION')]
  return { ...(namespace === null ? {} : { namespace }), ...(partition === null ? {} : { partition }) }
}

/** As Go reads a boolean. */
function readSwitch(get: Get, variable: string): boolean {
  const value = get(variable)
  if (value === null || /^(?:0|f|false)$/i.test(value)) return false
  if (/^(?:1|t|true)$/i.test(value)) return true
  throw new UsageError(`${variable} is ${JSON.stringify(value)}. Give true or false.`)
}
