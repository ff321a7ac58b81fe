/** Termination: a server presents the newest certificate of a context to whoever asks for one of its hosts. */
import { createSecureContext, type SecureContext, type TlsOptions } from 'node:tls'
import { ConfigurationError, normalHost, shown } from '@clientcert/core'
import type { TlsSettings } from './connection/tls-settings.ts'
import type { LoadedMaterial } from './material/material.ts'

export interface Termination {
  readonly name: string
  /** In normal form. */
  readonly hosts: readonly string[]
  readonly tls: TlsSettings
  /** The newest. @throws {UpstreamError} Where there is none. */
  readonly material: () => LoadedMaterial
}

/**
 * Makes what a server takes: `https.createServer({ ...context.serverOptions(), ... })`.
 *
 * A client that sends no name, or another, gets no certificate by it, but what the server was made with besides.
 *
 * @throws {ConfigurationError} Of a context without hosts: it is for origination only.
 */
export function createServerOptions({
  name,
  hosts,
  tls,
  material,
}: Termination): Required<Pick<TlsOptions, 'SNICallback'>> {
  if (hosts.length === 0) {
    const problem = `TLSContext ${name}: has no \`hosts\`, so that it cannot terminate TLS: it is for origination only`
    throw new ConfigurationError('ERR_CONFIG_VALUE', 'hosts', problem, 'Give the hosts, or `*` for all of them.')
  }
  const contexts = new WeakMap<LoadedMaterial, SecureContext>()

  const contextFor = (servername: string): SecureContext => {
    if (!isAmong(hosts, servername)) throw new Error(`TLSContext ${name} is not for ${shown(servername)}`)
    const newest = material()
    const context = contexts.get(newest) ?? createServerContext(newest, tls)
    contexts.set(newest, context)
    return context
  }

  return {
    SNICallback: (servername, done) => {
      // What is thrown here would end the process (CVE-2026-21637).
      let context: SecureContext
      try {
        context = contextFor(servername)
      } catch (error) {
        done(error instanceof Error ? error : new Error('no context', { cause: error }))
        return
      }
      done(null, context)
    },
  }
}

/** Of its authorities as well: without them Node would accept the clients of every public authority, where the server asks for certificates. */
const createServerContext = ({ identity, authorities, authoritiesFrom }: LoadedMaterial, tls: TlsSettings) =>
  createSecureContext({
    ...tls.context,
    ...identity,
    ...(authoritiesFrom === 'system' ? {} : { ca: [...authorities] }),
  })

/** @param hosts - In normal form. @param servername - As the client wrote it. Untrusted. */
function isAmong(hosts: readonly string[], servername: string): boolean {
  const host = normalHost(servername)
  if (hosts.includes('*')) return true
  if (host === undefined) return false
  const dot = host.indexOf('.')
  return hosts.includes(host) || (dot > 0 && hosts.includes(`*${host.slice(dot)}`))
}
