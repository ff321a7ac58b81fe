/** For drivers that call `tls.connect` themselves: options in which each of their connections finds the newest material. */
import { createHash, randomUUID } from 'node:crypto'
import type { ConnectionOptions } from 'node:tls'
import { ConfigurationError, escapeHostile, readObject } from '@clientcert/core'
import { parseCertificate } from '@clientcert/core/x509'
import type { ConnectTarget } from '../connection/connector.ts'
import type { Generation } from '../connection/generation.ts'
import { servernameOf } from '../connection/handshake.ts'
import { readHost } from '../connection/read-target.ts'
import { checkExpectation } from '../server/check-expectation.ts'
import { expectationOf } from '../server/expectation.ts'
import { readExpectedServer } from '../server/read-expected-server.ts'
import type { ResolvedServer } from '../server/server-options.ts'
import { upstreamError } from '../upstream-error.ts'

/** What a driver is to be told besides the material: all of it optional, for what the driver says itself. Trusted. Without the port, which is the driver's. */
export type ConnectOptionsTarget = Partial<
  Pick<ConnectTarget, 'host' | 'servername' | 'expectedServer' | 'alpnProtocols'>
>

export interface ConnectOptionsSettings {
  readonly server: ResolvedServer
  /** Options that were given, and that OpenSSL would not follow. */
  readonly beyondOpenSsl: readonly string[]
  readonly sni: string | null
  readonly alpnProtocols: readonly string[] | null
  /** The newest. @throws {UpstreamError} Where there is none. */
  readonly current: () => Generation
}

/**
 * Makes options of `tls.connect`.
 *
 * Node and OpenSSL verify the server's path here, by the same authorities, and our own check its name. `secureContext` is a getter that copies read
 * (`Object.assign`, a spread), so that each connection has the newest certificate as long as the driver copies the options anew for each; that is also where
 * it throws as long as there is none.
 *
 * OpenSSL follows neither `revocation` nor `policies` nor `maxIntermediates`, and has limits and ideas of weak algorithms of its own. The driver's connections
 * end with their material only where they are handed to `follow()`.
 *
 * @param target - What the driver itself does not say. Without a `servername` the one that the driver gives is checked, else its host.
 * @throws {ConfigurationError} Where one of the first three is configured: use `connect()`. And for a name that is no option here, such as `rejectUnauthorized`.
 */
export function createConnectOptions(
  { server, beyondOpenSsl, sni, alpnProtocols, current }: ConnectOptionsSettings,
  target: ConnectOptionsTarget,
): ConnectionOptions {
  const [beyond] = beyondOpenSsl
  if (beyond !== undefined) {
    const fix = `Use \`connect()\`, \`agent()\`, \`dispatcher()\` or \`http2()\`, or leave \`${beyond}\` out.`
    const problem = 'cannot be checked by `connectOptions()`: OpenSSL verifies there'
    throw new ConfigurationError('ERR_CONFIG_VALUE', beyond, problem, fix)
  }
  readObject(target, '', ['host', 'servername', 'expectedServer', 'alpnProtocols'])
  const { host } = target
  if (host !== undefined) readHost(host, 'host')
  const expected =
    target.expectedServer === undefined ? server.expected : readExpectedServer(target.expectedServer, 'expectedServer')
  const name = target.servername ?? sni ?? host
  const servername = name === undefined ? null : servernameOf({ host: name, port: 0 }, null)
  const protocols = target.alpnProtocols ?? alpnProtocols
  const meant = JSON.stringify([expected ?? null, servername, host ?? null])
  return {
    get secureContext() {
      return current().secureContext
    },
    /** Read with the one before. Clients of TLS do not use it; Node's agents divide connections and sessions by it. */
    get sessionIdContext() {
      return keyOf(current(), meant)
    },
    ...(host === undefined ? {} : { host }),
    ...(servername === null ? {} : { servername }),
    ...(protocols === null ? {} : { ALPNProtocols: [...protocols] }),
    rejectUnauthorized: server.verification === 'enabled',
    checkServerIdentity: (hostname, { raw }) => {
      if (server.verification === 'disabled') return undefined
      const at = escapeHostile(host ?? hostname)
      try {
        const context = { ownSpiffeId: current().material.spiffeId, servername, host: host ?? hostname }
        const parsed = parseCertificate(raw)
        if (!parsed.ok) return upstreamError('ERR_UPSTREAM_CERTIFICATE', { server: at, failure: parsed.failure })
        return checkExpectation(parsed.value, expectationOf(expected, context), at) ?? undefined
      } catch (error) {
        // Thrown it would end the process: Node calls this from an event.
        return error instanceof Error ? error : new Error(String(error))
      }
    },
  }
}

const ids = new WeakMap<Generation, string>()

/**
 * Node's agents know connections and sessions by all options of TLS but `secureContext`. Without one more, a request of one context would go out over a connection
 * of another, by whose authorities the server was verified; and a resumed session is not even asked whose server it is (Node 20 to 26).
 */
function keyOf(generation: Generation, meant: string): string {
  const id = ids.get(generation) ?? randomUUID()
  ids.set(generation, id)
  // 32 octets are most that OpenSSL takes.
  return createHash('sha256').update(id).update(meant).digest('base64').slice(0, 32)
}
