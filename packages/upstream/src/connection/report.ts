/** Telling of connections and of our own material: the diagnostics channel, and the log. */
import { channel } from 'node:diagnostics_channel'
import type { Logger } from '@clientcert/core'
import { type Certificate, certificateRef } from '@clientcert/core/x509'
import { UpstreamError } from '../upstream-error.ts'
import type { Generation } from './generation.ts'

const upstream = channel('clientcert:upstream')

/** What subscribers of `clientcert:upstream` get, once for each connection. */
export interface UpstreamMessage {
  /** Name of the context. */
  readonly context: string
  /** `host:port`, escaped. */
  readonly server: string
  readonly outcome: 'connected' | 'refused'
  /** Why not: a code of this package, or the system's; null where it was connected, or what was thrown has none. */
  readonly code: string | null
  /** Of the material, 1 for the first; null where there was none. */
  readonly generation: number | null
  /** Whether a TLS session was resumed. The server is verified all the same. */
  readonly resumed: boolean
}

type Connection = Pick<UpstreamMessage, 'server' | 'generation' | 'resumed'>

export interface ConnectionReport {
  readonly connected: (connection: Connection) => void
  /** @param own - Our certificate, where one was presented. */
  readonly refused: (connection: Connection, error: unknown, own: Certificate | null) => void
  /** The server refused our certificate when the connection had been handed over already. */
  readonly refusedLate: (refusal: UpstreamError, own: Certificate | null) => void
  /** New material is in use. */
  readonly rotated: (generation: Generation) => void
  /** Material was not taken, or will soon be of no use. */
  readonly material: (error: Error) => void
}

/** @param logger - Gets what was refused, and all about our own material; where there is none, warnings of the process do. */
export function createConnectionReport(context: string, logger: Logger | null): ConnectionReport {
  const publish = (message: Omit<UpstreamMessage, 'context'>): void => {
    if (upstream.hasSubscribers) upstream.publish({ context, ...message } satisfies UpstreamMessage)
  }

  /** What a logger throws could be caught by nobody in the middle of a connection's end. */
  const safely = (log: () => void): void => {
    try {
      log()
    } catch (thrown) {
      process.emitWarning(String(thrown), 'ClientCertWarning')
    }
  }

  const logRefusal = ({ failure, message }: UpstreamError, own: Certificate | null): void => {
    const { code, hint } = failure
    const server = 'server' in failure ? failure.server : null
    const certificate = 'failure' in failure ? failure.failure.certificate : null
    const ours = 'own' in failure ? { own: failure.own, notAfter: notAfterOf(own) } : {}
    const details = { context, code, server, certificate, hint, ...ours }
    safely(() => logger?.warn({ clientCertUpstream: details }, message))
  }

  return {
    connected: (connection) => publish({ ...connection, outcome: 'connected', code: null }),
    refused: (connection, error, own) => {
      publish({ ...connection, outcome: 'refused', code: codeOf(error) })
      if (error instanceof UpstreamError) logRefusal(error, own)
    },
    refusedLate: logRefusal,
    rotated: ({ number, material: { endEntity } }) => {
      const own = endEntity && certificateRef(endEntity, 0)
      const details = { context, generation: number, own, notAfter: notAfterOf(endEntity) }
      const presents = own ? `presents ${own.subject}, serial ${own.serial}` : 'presents no certificate'
      safely(() => logger?.info({ clientCertUpstream: details }, `TLS context ${context} ${presents} from now on`))
    },
    material: (error) => {
      const message = `TLS context ${context}: ${error.message}`
      if (!logger) process.emitWarning(message, 'ClientCertWarning')
      safely(() => logger?.warn({ clientCertUpstream: { context, code: codeOf(error) } }, message))
    },
  }
}

const notAfterOf = (own: Certificate | null): string | null => own && new Date(own.notAfter).toISOString()

const codeOf = (error: unknown): string | null => {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : null
  return typeof code === 'string' ? code : null
}
