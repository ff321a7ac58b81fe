/** One request and its answer, over a connection of its own. */
import { type IncomingMessage, request } from 'node:http'
import type { Socket } from 'node:net'
import { ok, type Result } from '../../result.ts'
import { openConnection, openProxyConnection, openTls } from './connect.ts'
import { problem, shownText } from './fetch-problem.ts'
import type { FetchProblem, FetchRequest } from './fetched.ts'
import { freshForMs } from './freshness.ts'
import { HTTP_LIMITS } from './http-limits.ts'
import { openTunnel } from './proxy.ts'
import { readBody } from './read-body.ts'
import { isRedirect } from './redirect.ts'
import { resolveHost } from './resolve.ts'
import type { FetchSettings } from './settings.ts'
import type { Target } from './target.ts'

export type Answered =
  | { readonly kind: 'content'; readonly octets: Uint8Array; readonly freshForMs: number | null }
  | { readonly kind: 'redirect'; readonly status: number; readonly location: string | undefined }

/** @returns The one answer that counts, 200, or a redirect that nobody has looked at yet. Rejects where the connection fails. */
export async function exchange(
  target: Target,
  asked: FetchRequest,
  settings: FetchSettings,
  signal: AbortSignal,
): Promise<Result<Answered, FetchProblem>> {
  const connection = await openTo(target, settings, signal)
  if (!connection.ok) return connection
  const socket = connection.value
  try {
    const isForwarded = target.scheme === 'http' && settings.proxy.http !== null
    const response = await send(target, asked, isForwarded, socket, signal)
    const receivedAt = settings.clock().getTime()
    const { statusCode: status = 0, headers } = response
    if (isRedirect(status)) return ok({ kind: 'redirect', status, location: headers.location })
    if (status !== 200) return problem('http-status', `${shownText(target.href)} answered ${status}`)
    const coding = headers['content-encoding']
    if (coding !== undefined && coding.toLowerCase() !== 'identity') {
      // None was offered, and nothing here unpacks: a few octets could become gigabytes.
      return problem('malformed', `${shownText(target.href)} answered with Content-Encoding ${shownText(coding)}`)
    }
    const body = await readBody(response, asked.maxBytes)
    if (!body.ok) return body
    return ok({ kind: 'content', octets: body.value, freshForMs: freshForMs(headers, receivedAt) })
  } finally {
    socket.destroy()
  }
}

async function openTo(
  target: Target,
  { addresses, lookup, proxy, tls }: FetchSettings,
  signal: AbortSignal,
): Promise<Result<Socket, FetchProblem>> {
  const through = proxy[target.scheme]
  if (through !== null && target.scheme === 'http') return ok(await openProxyConnection(through, signal))
  const opened = through === null ? await openDirectly() : await openTunnel(through, target, signal)
  if (!opened.ok || target.scheme === 'http') return opened
  return ok(await openTls(opened.value, target, tls, signal))

  async function openDirectly(): Promise<Result<Socket, FetchProblem>> {
    const resolved = await resolveHost(target.host, addresses, lookup)
    signal.throwIfAborted() // A resolver cannot be stopped; whoever asked has been told long since.
    return resolved.ok ? openConnection(target, resolved.value, addresses, signal) : resolved
  }
}

function send(
  target: Target,
  { accept, body }: FetchRequest,
  isForwarded: boolean,
  socket: Socket,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const sending = request({
    ...HTTP_LIMITS,
    createConnection: () => socket,
    method: body ? 'POST' : 'GET',
    // RFC 9112 3.2.2: a proxy is told the whole URL.
    path: isForwarded ? target.href : target.path,
    headers: {
      host: target.authority,
      accept,
      'accept-encoding': 'identity',
      'user-agent': 'clientcert',
      connection: 'close',
      ...(body ? { 'content-type': body.type, 'content-length': body.octets.length } : {}),
    },
    signal,
  })
  return new Promise((resolve, reject) => {
    sending.on('error', reject)
    sending.on('response', resolve)
    // Without a listener Node closes the connection of a 101 and tells nobody: a wait that never ends, and a slot that is never free again.
    sending.on('upgrade', resolve)
    sending.on('close', () => reject(new Error('closed without an answer')))
    sending.end(body?.octets)
  })
}
