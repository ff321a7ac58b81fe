/** The way of one connection: TCP and TLS, then who is there, then whoever asked for it. Nothing is written to a server that has not been verified. */
import type { TLSSocket } from 'node:tls'
import { escapeHostile } from '@clientcert/core'
import { type Expectation, expectationOf } from '../server/expectation.ts'
import type { ExpectedServer } from '../server/expected-server.ts'
import { readExpectedServer } from '../server/read-expected-server.ts'
import { UpstreamError } from '../upstream-error.ts'
import { closedEarly, watchAttempt } from './attempt.ts'
import type { ConnectTarget } from './connector.ts'
import type { Generation } from './generation.ts'
import { openTls, servernameOf } from './handshake.ts'
import type { OpenConnections } from './open-connections.ts'
import { refusalByServer, watchForRefusal } from './refusal-by-server.ts'
import type { ConnectionReport } from './report.ts'
import { holdSessions, presentedIn, sessionKeyOf } from './sessions.ts'

export interface ConnectSettings {
  /** Undefined for the default. */
  readonly expected: ExpectedServer | undefined
  readonly sni: string | null
  readonly alpnProtocols: readonly string[] | null
  /** For all of a connection, its verification included. */
  readonly timeoutMs: number
  readonly verification: 'enabled' | 'disabled'
}

export interface ConnectDependencies {
  /** The newest. @throws {UpstreamError} Where there is none. */
  readonly current: () => Generation
  /** The same, or null. */
  readonly newest: () => Generation | null
  readonly connections: OpenConnections
  readonly report: ConnectionReport
}

/** Creates what connects. Its promise rejects exactly where nothing of the connection is left. */
export function createConnect(
  settings: ConnectSettings,
  { current, newest, connections, report }: ConnectDependencies,
): (target: ConnectTarget) => Promise<TLSSocket> {
  /** @throws {UpstreamError} Where the server is not the one that is expected. */
  const establish = async (target: ConnectTarget, server: string, generation: Generation): Promise<TLSSocket> => {
    const { material, sessions, verifier } = generation
    const servername = servernameOf(target, settings.sni)
    const expectation = expectationIn(target, servername, material.spiffeId)
    const key = sessionKeyOf(target, servername, expectation)
    const offered = sessions.take(key)
    const alpnProtocols = target.alpnProtocols ?? settings.alpnProtocols
    const socket = openTls(target, generation, { servername, alpnProtocols, session: offered?.session ?? null })
    // Whoever gets it listens as well. Its end by our own decision must never end the process where nobody does.
    socket.on('error', () => {})
    connections.track(socket, server, generation)
    const keepSessions = holdSessions(socket)
    const attempt = watchAttempt(socket, server, { timeoutMs: settings.timeoutMs, signal: target.signal })
    let resumed = false
    try {
      await attempt.until(attempt.secured)
      resumed = socket.isSessionReused()
      const presented = presentedIn(socket, offered, server)
      const refusal = await attempt.until(verifier.verify(server, presented, expectation))
      if (refusal) throw refusal
      if (!socket.writable) throw closedEarly(server)
      keepSessions((session) => sessions.put(key, { session, presented }))
      // In TLS 1.2 a session serves many times, and a server need not send another.
      if (resumed && offered && socket.getProtocol() === 'TLSv1.2') sessions.put(key, offered)
    } catch (thrown) {
      const error = refusalByServer(thrown, server, material, socket.getPeerX509Certificate() !== undefined) ?? thrown
      socket.destroy()
      report.refused({ server, generation: generation.number, resumed }, error, material.endEntity)
      throw error
    } finally {
      attempt.stop()
    }
    handOver(socket, server, generation)
    report.connected({ server, generation: generation.number, resumed })
    return socket
  }

  const expectationIn = (target: ConnectTarget, servername: string | null, ownSpiffeId: string | null): Expectation => {
    const { host, expectedServer } = target
    const expected =
      expectedServer === undefined ? settings.expected : readExpectedServer(expectedServer, 'expectedServer')
    return expectationOf(expected, { ownSpiffeId, servername, host })
  }

  const handOver = (socket: TLSSocket, server: string, { material }: Generation): void => {
    // Whoever asks the socket hears of this verdict, and not of OpenSSL's, which was not asked for.
    if (settings.verification === 'enabled') Object.assign(socket, { authorized: true, authorizationError: null })
    watchForRefusal(
      socket,
      (error) => refusalByServer(error, server, material, true),
      (refusal) => report.refusedLate(refusal, material.endEntity),
    )
  }

  return async (given) => {
    const target = ownOf(given)
    const server = escapeHostile(`${target.host}:${target.port}`)
    // It is ours from here on, and what ends it is heard of by the TLS within it.
    target.socket?.on('error', () => {})
    try {
      target.signal?.throwIfAborted()
      if (target.socket?.destroyed) throw closedEarly(server)
      const generation = generationFor(server)
      return await establish(target, server, generation).catch((thrown: unknown) => {
        if (!isOutdated(target, generation, thrown)) throw thrown
        return establish(target, server, generationFor(server))
      })
    } catch (thrown) {
      target.socket?.destroy()
      throw thrown
    }
  }

  /**
   * Whether to try again, once, since what it was tried with has been replaced meanwhile: a server that has gone on to a new authority is refused by the old ones, and
   * refuses our old certificate. Nothing of a request has been sent. Not where the server was too slow, nor over a connection that was handed in.
   */
  function isOutdated(target: ConnectTarget, generation: Generation, thrown: unknown): boolean {
    if (target.socket || target.signal?.aborted) return false
    const isReplaced = newest() !== null && newest() !== generation
    return isReplaced && !(thrown instanceof UpstreamError && thrown.code === 'ERR_UPSTREAM_TIMEOUT')
  }

  function generationFor(server: string): Generation {
    try {
      return current()
    } catch (error) {
      report.refused({ server, generation: null, resumed: false }, error, null)
      throw error
    }
  }
}

/** Whom to expect must not be found on a prototype that somebody has polluted, as with the options of a context. */
const ownOf = (target: ConnectTarget): ConnectTarget => Object.assign(Object.create(null), target) as ConnectTarget
