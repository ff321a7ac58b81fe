/** A connection to one of the addresses that were checked, and to nobody else; over it TLS, where the URL says https. */
import { once } from 'node:events'
import { connect, isIP, type LookupFunction, type Socket } from 'node:net'
import { addAbortSignal } from 'node:stream'
import { type SecureContext, connect as startTls } from 'node:tls'
import type { AddressRanges } from '../../address-ranges.ts'
import { ok, type Result } from '../../result.ts'
import type { FetchProblem } from './fetched.ts'
import { isReachable } from './reachable-address.ts'
import { blockedAddress, type Target } from './target.ts'

/**
 * How long one address has before the next one is tried beside it. Node's own quarter of a second makes it give up on servers that are far away; the last
 * address has all the time there is.
 */
const NEXT_ADDRESS_AFTER_MS = 2_000

/** Opens a TCP connection. Never from a pool: a socket that was opened after an older check would outlive its answer. Rejects where there is none. */
export async function openConnection(
  { host, port }: Target,
  addresses: readonly string[],
  listed: AddressRanges | null,
  signal: AbortSignal,
): Promise<Result<Socket, FetchProblem>> {
  const socket = connect({
    host,
    port,
    lookup: answering(addresses),
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_AFTER_MS,
  })
  await untilReady(socket, 'connect', signal)
  // Asked of the kernel: whatever was resolved, this is who is at the other end.
  if (isReachable(socket.remoteAddress ?? '', listed)) return ok(socket)
  socket.destroy()
  return blockedAddress(host)
}

/** Opens a connection to a proxy, which is the operator's choice: resolved as the system does, and not checked. */
export async function openProxyConnection(
  proxy: { readonly host: string; readonly port: number },
  signal: AbortSignal,
): Promise<Socket> {
  const socket = connect({ host: proxy.host, port: proxy.port })
  await untilReady(socket, 'connect', signal)
  return socket
}

/**
 * Starts TLS and verifies the server (RFC 9110 4.3.4), whatever the environment says: NODE_TLS_REJECT_UNAUTHORIZED changes a default, and this is none. What
 * is fetched is signed, so the purpose of TLS here is that nobody reads along or holds back what is newer.
 */
export async function openTls(
  socket: Socket,
  { host }: Target,
  context: SecureContext,
  signal: AbortSignal,
): Promise<Socket> {
  const secured = startTls({
    socket,
    host, // What the server's certificate has to name; without it Node compares with `localhost`.
    ...(isIP(host) === 0 ? { servername: host } : {}), // RFC 6066 3: no addresses
    secureContext: context,
    rejectUnauthorized: true,
    ALPNProtocols: ['http/1.1'],
  })
  try {
    await untilReady(secured, 'secureConnect', signal)
    return secured
  } catch (error) {
    socket.destroy()
    throw error
  }
}

async function untilReady(socket: Socket, event: 'connect' | 'secureConnect', signal: AbortSignal): Promise<void> {
  addAbortSignal(signal, socket)
  socket.on('error', () => {}) // Whoever reads hears of it; after that nobody does, and it must not end the process.
  await once(socket, event)
}

/** Answers with what was resolved before. */
const answering =
  (addresses: readonly string[]): LookupFunction =>
  (_host, options, callback) => {
    const all = addresses.map((address) => ({ address, family: isIP(address) }))
    const [first = { address: '', family: 0 }] = all
    if (options.all) callback(null, all)
    else callback(null, first.address, first.family)
  }
