import { once } from 'node:events'
import { connect as connectPlainly, type Socket } from 'node:net'
import { connect as connectOverTls, createSecureContext, type SecureContext } from 'node:tls'
import type { Target } from './target.ts'

/** Opens a connection to a target. Each has a session of its own: nothing is resumed. */
export type Connect = () => Promise<Socket>

export function createConnect({ port, tls }: Pick<Target, 'port' | 'tls'>): Connect {
  const context = tls && createSecureContext(tls)
  return async () => {
    const socket = context ? overTls(port, context) : connectPlainly({ port, host: '127.0.0.1', noDelay: true })
    await once(socket, context ? 'secureConnect' : 'connect')
    return socket
  }
}

const overTls = (port: number, secureContext: SecureContext): Socket =>
  connectOverTls({
    port,
    host: '127.0.0.1',
    servername: 'localhost',
    secureContext,
    minVersion: 'TLSv1.3',
    rejectUnauthorized: true,
  }).setNoDelay(true)
