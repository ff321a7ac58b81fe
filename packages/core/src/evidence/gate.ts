import { createHash, timingSafeEqual } from 'node:crypto'
import { type AddressRanges, isInRanges } from '../address-ranges.ts'
import { escapeHostile } from '../encoding/escape.ts'
import type { AssertedHeaders } from './asserted-headers.ts'
import type { Connection } from './connection.ts'
import { type EvidenceFailure, evidenceFailure, type GateRule } from './failures.ts'

/** Who may send certificate headers. Every rule that is given must hold; null is a rule that was not given. */
export interface Gate {
  readonly addresses: AddressRanges | null
  readonly unixSocket: string | null
  readonly certificate: 'required' | null
  readonly secretHeader: { readonly name: string; readonly digest: Buffer } | null
}

/** What is known of the proxy's own certificate, once the connection's has travelled the whole way itself. */
export type ProxyProof = { readonly admitted: true } | { readonly admitted: false; readonly reason: string }

/**
 * Checks whether the peer may assert certificates. Whoever passes *is* whoever's certificate they send.
 *
 * @param proxy - The outcome for the connection's own certificate; null where the gate does not ask for one.
 */
export function checkGate(
  gate: Gate,
  connection: Connection,
  asserted: AssertedHeaders,
  proxy: ProxyProof | null,
): EvidenceFailure | undefined {
  const peer = peerAddress(connection)
  const refuse = (rule: GateRule, reason: string) =>
    evidenceFailure('ERR_EVIDENCE_UNTRUSTED_PEER', {
      rule,
      peer,
      reason,
      headers: [
        ...asserted.values.keys(),
        ...asserted.lookAlikes.map(({ header }) => escapeHostile(header)),
        ...asserted.hopByHop.map((header) => `Connection: ${header}`),
      ].slice(0, 8),
    })
  if (gate.addresses && !isInRanges(gate.addresses, peer ?? '')) return refuse('addresses', 'its address is not listed')
  if (gate.unixSocket !== null && listeningPath(connection) !== gate.unixSocket) {
    return refuse('unixSocket', 'the connection was not made to that socket')
  }
  if (gate.secretHeader && !isSecret(gate.secretHeader, asserted))
    return refuse('secretHeader', 'the secret is absent or wrong')
  if (gate.certificate && !proxy?.admitted) return refuse('certificate', proxy?.reason ?? 'it presented no certificate')
  return undefined
}

/** The socket's own word about the other end. Node reports IPv4 peers of a dual-stack server as `::ffff:192.0.2.1`. */
function peerAddress({ socket }: Connection): string | null {
  const address = socket?.remoteAddress?.replace(/%.*$/, '')
  if (address === undefined) return null
  return address.toLowerCase().startsWith('::ffff:') && address.includes('.')
    ? address.slice('::ffff:'.length)
    : address
}

/**
 * The path that the server listens on, asked of the server itself: a missing `remoteAddress` proves nothing, since a destroyed TCP socket has
 * none either.
 */
function listeningPath({ socket }: Connection): string | null {
  // Read and not asked for with `in`, see `isTlsSocket`.
  const server: unknown = socket && Reflect.get(socket, 'server')
  if (typeof server !== 'object' || server === null) return null
  if (!('address' in server) || typeof server.address !== 'function') return null
  const address: unknown = Reflect.apply(server.address, server, [])
  return typeof address === 'string' ? address : null
}

/** Constant in time, whatever the lengths: digests are compared. Sent once; a second one is a second guess. */
function isSecret({ name, digest }: NonNullable<Gate['secretHeader']>, asserted: AssertedHeaders): boolean {
  const [value, ...more] = asserted.values.get(name) ?? []
  return timingSafeEqual(secretDigest(value ?? ''), digest) && more.length === 0
}

/** Header values arrive as latin1 (RFC 9110 5.5); a secret of other characters is sent as UTF-8, octet by octet. */
export const secretDigest = (text: string, encoding: 'latin1' | 'utf8' = 'latin1'): Buffer =>
  createHash('sha256').update(text, encoding).digest()
