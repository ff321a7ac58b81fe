/** The least that a connector has to be, over Node's own TLS: generations of a certificate, and a look at the server's name. */
import { once } from 'node:events'
import { isIP } from 'node:net'
import { checkServerIdentity, connect, type TLSSocket } from 'node:tls'
import { createAuthority } from '@clientcert/testing'
import { onTestFinished } from 'vitest'
import type { Connector, ConnectTarget } from '../../src/connection/connector.ts'
import { upstreamError } from '../../src/upstream-error.ts'

const authority = createAuthority('Clients CA')

export interface TestConnector extends Connector {
  /** What was asked for, in its order. */
  readonly targets: readonly ConnectTarget[]
  /** All connections that were made. */
  readonly sockets: readonly TLSSocket[]
  /** Goes on with the next certificate: `client-2` after `client-1`. */
  readonly rotate: () => void
  readonly listeners: () => number
  /** Lets connections wait once they are verified, until what it returns is called. */
  readonly hold: () => () => void
  /** @param tell - Whether clients are told, as after a change of material. */
  readonly close: (tell: 'told' | 'untold') => void
}

/** Certificates by generation, minted when they are first used: all tests have the same. */
const leaves = new Map<number, ReturnType<typeof authority.issue>>()

function leafOf(generation: number) {
  const leaf = leaves.get(generation) ?? authority.issue(`client-${generation}`)
  leaves.set(generation, leaf)
  return leaf
}

export function createTestConnector(): TestConnector {
  const targets: ConnectTarget[] = []
  const sockets: TLSSocket[] = []
  const generations = new WeakMap<object, number>()
  const listeners = new Set<() => void>()
  let generation = 1
  let closed = false
  let held: Promise<void> | undefined

  async function connectTo(target: ConnectTarget): Promise<TLSSocket> {
    targets.push(target)
    target.signal?.throwIfAborted()
    if (closed) throw upstreamError('ERR_UPSTREAM_CLOSED', { context: 'test' })
    const { host, port, servername = isIP(host) === 0 ? host : undefined, alpnProtocols, signal } = target
    const { fullChainPem: cert, privateKeyPem: key } = leafOf(generation)
    const socket = connect({
      ...(target.socket ? { socket: target.socket } : { host, port }),
      ...(target.localAddress ? { localAddress: target.localAddress } : {}),
      ...(servername ? { servername } : {}),
      ...(alpnProtocols ? { ALPNProtocols: [...alpnProtocols] } : {}),
      cert,
      key,
      rejectUnauthorized: false,
    })
    sockets.push(socket)
    generations.set(socket, generation)
    const stop = () => socket.destroy()
    signal?.addEventListener('abort', stop)
    try {
      await once(socket, 'secureConnect', signal ? { signal } : {})
      if (held) await Promise.race([held, ...(signal ? [once(signal, 'abort')] : [])])
      signal?.throwIfAborted()
      const expected =
        typeof target.expectedServer === 'object' && 'host' in target.expectedServer
          ? target.expectedServer.host
          : (servername ?? host)
      const wrong = checkServerIdentity(expected, socket.getPeerCertificate())
      if (wrong) throw upstreamError('ERR_UPSTREAM_HOST', { server: `${host}:${port}`, expected, present: [] }, wrong)
      return socket
    } catch (error) {
      socket.destroy()
      throw error
    } finally {
      signal?.removeEventListener('abort', stop)
    }
  }

  const tell = () => {
    for (const listener of listeners) listener()
  }
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
  })
  return {
    targets,
    sockets,
    connect: connectTo,
    isCurrent: (socket) => !closed && generations.get(socket) === generation,
    onRotation: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    isClosed: () => closed,
    listeners: () => listeners.size,
    rotate: () => {
      generation += 1
      tell()
    },
    hold: () => {
      const { promise, resolve } = newPromise()
      held = promise
      return resolve
    },
    close: (how) => {
      closed = true
      if (how === 'told') tell()
    },
  }
}

/** `Promise.withResolvers`, which Node 20 has not. */
export function newPromise(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = () => {}
  const promise = new Promise<void>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
