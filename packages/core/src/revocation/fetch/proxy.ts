/** An HTTP proxy between here and the hosts, for networks that let nothing out directly. The environment's (`http_proxy`) is never read. */
import { request } from 'node:http'
import type { Socket } from 'node:net'
import { ok, type Result } from '../../result.ts'
import { openProxyConnection } from './connect.ts'
import { problem, shownText } from './fetch-problem.ts'
import type { FetchProblem } from './fetched.ts'
import { HTTP_LIMITS } from './http-limits.ts'
import type { Target } from './target.ts'

export interface HttpProxy {
  readonly host: string
  readonly port: number
}

/**
 * Opens a tunnel to an https host (RFC 9110 9.3.6). The proxy resolves the name, so no address can be checked here; that is why a proxy demands a list of
 * hosts. Rejects where the connection fails.
 */
export async function openTunnel(
  proxy: HttpProxy,
  { port, authority }: Target,
  signal: AbortSignal,
): Promise<Result<Socket, FetchProblem>> {
  const socket = await openProxyConnection(proxy, signal)
  const path = authority.endsWith(`:${port}`) ? authority : `${authority}:${port}`
  const connecting = request({
    ...HTTP_LIMITS,
    createConnection: () => socket,
    method: 'CONNECT',
    path,
    headers: { host: path },
    signal,
  })
  const { status, early } = await new Promise<{ status: number; early: number }>((resolve, reject) => {
    connecting.on('error', reject)
    connecting.on('close', () => reject(new Error('closed without an answer')))
    connecting.on('connect', ({ statusCode = 0 }, _socket, head) => resolve({ status: statusCode, early: head.length }))
    connecting.end()
  })
  if (status >= 200 && status <= 299 && early === 0) return ok(socket)
  socket.destroy()
  if (early > 0) return problem('malformed', 'the proxy sent something before the tunnel was asked for anything')
  return problem('unreachable', `the proxy answered ${status} when asked for a tunnel to ${shownText(path)}`)
}
