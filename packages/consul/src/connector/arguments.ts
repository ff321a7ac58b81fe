import { parseArgs } from 'node:util'
import { UsageError } from './usage-error.ts'

export type ConnectorArguments =
  | { readonly kind: 'help' }
  | { readonly kind: 'run'; readonly directory: string; readonly log: 'json' | 'text' }

export const USAGE = `usage: clientcert-consul-connector --directory DIR [--log json|text]

Writes the certificate, key and roots that Consul Connect has for an Ambassador to
DIR/[namespace/]name/{tls.crt,tls.key,ca.crt}, and again whenever they rotate.

environment:
  _CONSUL_HOST                      host of Consul's agent (127.0.0.1)
  _CONSUL_PORT                      its port (8500)
  _AMBASSADOR_ID                    needed where AMBASSADOR_ID is set; the service is ambassador[-id]
  _AMBASSADOR_TLS_SECRET_NAME       (ambassador[-id]-consul-connect)
  _AMBASSADOR_TLS_SECRET_NAMESPACE  (none)
  CONSUL_HTTP_ADDR                  instead of host and port; with https:// or unix:// too
  CONSUL_HTTP_TOKEN, CONSUL_HTTP_TOKEN_FILE, CONSUL_NAMESPACE, CONSUL_PARTITION
  CONSUL_HTTP_SSL, CONSUL_CACERT, CONSUL_CLIENT_CERT, CONSUL_CLIENT_KEY
`

/** @throws {UsageError} */
export function readArguments(argv: readonly string[]): ConnectorArguments {
  const { values } = parse(argv)
  if (values.help) return { kind: 'help' }
  const { directory, log = 'json' } = values
  if (directory === undefined || directory === '') {
    throw new UsageError('--directory is missing. Give the directory under which the certificate is written.')
  }
  if (log !== 'json' && log !== 'text') throw new UsageError(`--log is ${JSON.stringify(log)}. Give json or text.`)
  return { kind: 'run', directory, log }
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: { directory: { type: 'string' }, log: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
      strict: true,
      allowPositionals: false,
    })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}
