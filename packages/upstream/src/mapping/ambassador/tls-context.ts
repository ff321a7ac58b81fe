import { ConfigurationError, readString, readWord, shown, type TlsMaterialSource } from '@clientcert/core'
import { type Elsewhere, type FieldReaders, readFields, readStrings } from './fields.ts'
import type { AmbassadorResource } from './resource.ts'

/** What a Kubernetes Secret that a TLSContext names stands for here: a source, or the directory where it is mounted. */
export type AmbassadorSecret = TlsMaterialSource | { readonly directory: string }

/** By the name of the Secret, as it is written in `secret`. */
export type AmbassadorSecrets = { readonly [name: string]: AmbassadorSecret }

/** Options of createTlsContext, as a TLSContext gives them. */
export type AmbassadorTlsContext = AmbassadorMaterial & AmbassadorTlsSettings & { readonly name: string }

type AmbassadorMaterial =
  | { readonly certChainFile: string; readonly privateKeyFile: string }
  | { readonly directory: string }
  | { readonly source: TlsMaterialSource }

interface AmbassadorTlsSettings {
  readonly hosts?: readonly string[]
  readonly caCertChainFile?: string
  readonly crl?: { readonly file: string }
  readonly sni?: string
  readonly alpnProtocols?: string
  readonly minTlsVersion?: TlsVersion
  readonly maxTlsVersion?: TlsVersion
  readonly cipherSuites?: readonly string[]
  readonly ecdhCurves?: readonly string[]
}

/** What the fields of one give, before it is known whether they go together. */
interface ReadTlsContext extends AmbassadorTlsSettings {
  readonly material?: { readonly directory: string } | { readonly source: TlsMaterialSource }
  readonly certChainFile?: string
  readonly privateKeyFile?: string
}

type TlsVersion = (typeof TLS_VERSIONS)[number]

const TLS_VERSIONS = ['v1.2', 'v1.3'] as const

const TERMINATION =
  'It is about clients: have their certificates verified by `mode` and `trust` of the server, such as with @clientcert/fastify.'

const ELSEWHERE: Elsewhere = {
  cert_required: TERMINATION,
  ca_secret: `${TERMINATION} The authorities of the servers are in \`cacert_chain_file\`, or in the secret.`,
  redirect_cleartext_from: 'It is about clients: redirect them in the server that listens for http.',
  crl_secret: 'Mount the secret, and give the file in `crl_file`.',
  ambassador_id: 'Give only the documents of this gateway, and leave it out.',
}

/** @param secrets - What the Secrets are; a name that is not there is a mistake. */
export function readTlsContext(resource: AmbassadorResource, secrets: AmbassadorSecrets): AmbassadorTlsContext {
  const { name } = resource
  const read = readFields<ReadTlsContext>(resource, readersOf(name, secrets), ELSEWHERE)
  const { material, certChainFile, privateKeyFile, ...settings } = read
  return { name, ...settings, ...chooseMaterial(name, { material, certChainFile, privateKeyFile }) }
}

function chooseMaterial(
  name: string,
  {
    material,
    certChainFile,
    privateKeyFile,
  }: { readonly [Name in 'material' | 'certChainFile' | 'privateKeyFile']: ReadTlsContext[Name] | undefined },
): AmbassadorMaterial {
  const refuse = (field: string, problem: string, fix: string): never => {
    throw new ConfigurationError('ERR_CONFIG_MISSING', `TLSContext ${name}.${field}`, problem, fix)
  }
  if (certChainFile !== undefined && privateKeyFile === undefined) {
    return refuse(
      'private_key_file',
      "'cert_chain_file' requires 'private_key_file' as well",
      'Give the file of its key.',
    )
  }
  if (privateKeyFile !== undefined && certChainFile === undefined) {
    return refuse(
      'cert_chain_file',
      "'private_key_file' requires 'cert_chain_file' as well",
      'Give the file of its certificate.',
    )
  }
  if (material !== undefined && certChainFile === undefined) return material
  if (material === undefined && certChainFile !== undefined && privateKeyFile !== undefined)
    return { certChainFile, privateKeyFile }
  return refuse(
    'secret',
    "exactly one of 'secret' and 'cert_chain_file' must be present",
    'Say whence our certificate comes.',
  )
}

const readersOf = (name: string, secrets: AmbassadorSecrets): FieldReaders<ReadTlsContext> => ({
  hosts: (value, path) => ({ hosts: readStrings(value, path) }),
  secret: (value, path) => readSecret(readString(value, path), name, path, secrets),
  // The Secret is looked up by what is written, which is the same whether or not a namespace is part of it.
  secret_namespacing: (value, path) => {
    readWord(String(value), path, ['true', 'false'])
    return {}
  },
  cert_chain_file: (value, path) => ({ certChainFile: readString(value, path) }),
  private_key_file: (value, path) => ({ privateKeyFile: readString(value, path) }),
  cacert_chain_file: (value, path) => ({ caCertChainFile: readString(value, path) }),
  crl_file: (value, path) => ({ crl: { file: readString(value, path) } }),
  sni: (value, path) => ({ sni: readString(value, path) }),
  alpn_protocols: (value, path) => ({ alpnProtocols: readString(value, path) }),
  min_tls_version: (value, path) => ({ minTlsVersion: readVersion(value, path) }),
  max_tls_version: (value, path) => ({ maxTlsVersion: readVersion(value, path) }),
  cipher_suites: (value, path) => ({ cipherSuites: readStrings(value, path) }),
  ecdh_curves: (value, path) => ({ ecdhCurves: readStrings(value, path) }),
})

function readVersion(value: unknown, path: string): TlsVersion {
  if (value !== 'v1.0' && value !== 'v1.1') return readWord(value, path, TLS_VERSIONS)
  throw new ConfigurationError(
    'ERR_CONFIG_VALUE',
    path,
    `is ${value}, which must not be used (RFC 8996)`,
    'Write `v1.2`.',
  )
}

function readSecret(
  secret: string,
  context: string,
  path: string,
  secrets: AmbassadorSecrets,
): Partial<ReadTlsContext> {
  const found: unknown = Object.hasOwn(secrets, secret) ? secrets[secret] : undefined
  if (found === undefined) {
    const fix =
      'Give it in `secrets`: the directory where it is mounted, or a source. (Reading Secrets from Kubernetes itself is for a package that is to come.)'
    const problem = `TLSContext ${context} found no certificate in ${secret}`
    throw new ConfigurationError('ERR_CONFIG_MISSING', path, problem, fix)
  }
  if (isSource(found)) return { material: { source: found } }
  if (typeof found === 'object' && found !== null && 'directory' in found && Object.keys(found).length === 1) {
    return { material: { directory: readString(found.directory, `secrets.${secret}.directory`) } }
  }
  const fix = 'Give `{ directory }`, or a source with `name` and `load()`.'
  throw new ConfigurationError('ERR_CONFIG_TYPE', `secrets.${secret}`, `is ${shown(found, 'secret')}`, fix)
}

const isSource = (value: unknown): value is TlsMaterialSource =>
  typeof value === 'object' && value !== null && typeof Reflect.get(value, 'load') === 'function'
