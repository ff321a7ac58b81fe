/** Names under which others know what an option of `createTlsContext` is: Node's TLS, our own servers, Ambassador. No edit distance finds ours from them. */
import { ConfigurationError } from '@clientcert/core'

const AUTHORITIES = 'The authorities of servers are `caCertChainFile` here, or `pem.caCertChain` as a value.'
const CERTIFICATE = 'Our certificate is `certChainFile` here, or `pem.certChain` as a value.'
const KEY = 'The key is `privateKeyFile` here, or `pem.privateKey` as a value.'
const VERIFIED =
  'Leave it out: every server is verified. `caCertChainFile` names its authorities, `expectedServer` whom it has to be.'
const DOCUMENT = "Ambassador's documents are read by `readAmbassador()`, whose `contexts` are options for this."

const FIXES: ReadonlyMap<string, string> = new Map([
  ['ca', AUTHORITIES],
  ['caFile', AUTHORITIES],
  ['cert', CERTIFICATE],
  ['certFile', CERTIFICATE],
  ['key', KEY],
  ['keyFile', KEY],
  ['servername', 'The name that is sent is `sni` here.'],
  ['ciphers', 'Cipher suites are `cipherSuites` here, an array.'],
  ['minVersion', "The oldest version is `minTlsVersion` here: 'v1.2' or 'v1.3'."],
  ['maxVersion', "The newest version is `maxTlsVersion` here: 'v1.2' or 'v1.3'."],
  ['rejectUnauthorized', VERIFIED],
  ['checkServerIdentity', VERIFIED],
  ['apiVersion', DOCUMENT],
  ['kind', DOCUMENT],
  ['metadata', DOCUMENT],
  ['spec', DOCUMENT],
  ['secret', `Mount the Secret and give its \`directory\`. ${DOCUMENT}`],
])

/** @throws {ConfigurationError} For the first of them. */
export function refuseForeignNames(input: unknown): void {
  if (typeof input !== 'object' || input === null) return
  for (const name of Object.keys(input)) {
    const fix = FIXES.get(name)
    if (fix !== undefined) throw new ConfigurationError('ERR_CONFIG_UNKNOWN_OPTION', name, 'is not an option', fix)
  }
}
