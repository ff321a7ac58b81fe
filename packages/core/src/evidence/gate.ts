import { hash, timingSafeEqual } from 'node:crypto'
import { resolve } from 'node:path'
import { escapeHostile } from '../encoding/escape.ts'
import type { CertificateRef, FailureBase } from '../failure.ts'
import type { AssertedHeaders } from './asserted-headers.ts'
import type { Connection } from './connection.ts'
import { type EvidenceFailure, evidenceFailure, type GateRule } from './failures.ts'
import { type PeerList, peerAddress } from './peer-address.ts'

/** Who may send certificate headers. Every rule that is given must hold; null is a rule that was not given. */
export interface Gate {
  readonly addresses: PeerList | null
  /** As `socketPath` has it. */
  readonly unixSocket: string | null
  readonly certificate: 'required' | null
  readonly secretHeader: { readonly name: string; readonly digest: Buffer } | null
}

/** What is known of the proxy's own certificate, once the connection's has travelled the whole way itself. */
export type ProxyProof =
  | { readonly admitted: true }
  | {
      readonly admitted: false
      readonly reason: string
      /** Null where none was presented, or could be parsed. */
      readonly certificate: CertificateRef | null
      /** What it failed by; null where none was presented. */
      readonly failure: FailureBase | null
    }

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
  const broken = brokenRule(gate, connection, asserted, proxy)
  if (!broken) return undefined
  const headers = [
    ...asserted.values.keys(),
    ...asserted.lookAlikes.map(({ header }) => escapeHostile(header)),
    ...asserted.withoutLine.map((header) => escapeHostile(header)),
    ...asserted.hopByHop.map((header) => `Connection: ${header}`),
  ].slice(0, 8)
  const refused = broken.rule === 'certificate' && proxy?.admitted === false ? proxy : null
  return evidenceFailure(
    'ERR_EVIDENCE_UNTRUSTED_PEER',
    { ...broken, peer: peerAddress(connection), headers, proxyFailure: refused?.failure ?? null },
    refused?.certificate,
  )
}

/** The first rule that does not hold, the cheapest first. */
function brokenRule(
  { addresses, unixSocket, secretHeader, certificate }: Gate,
  connection: Connection,
  asserted: AssertedHeaders,
  proxy: ProxyProof | null,
): { readonly rule: GateRule; readonly reason: string } | undefined {
  if (addresses && !addresses.has(connection)) return { rule: 'addresses', reason: 'its address is not listed' }
  if (unixSocket !== null && !isListeningOn(unixSocket, connection)) {
    return { rule: 'unixSocket', reason: 'the connection was not made to that socket' }
  }
  if (secretHeader && !isSecret(secretHeader, asserted)) {
    return { rule: 'secretHeader', reason: 'the secret is absent or wrong' }
  }
  if (certificate && !proxy?.admitted) {
    return { rule: 'certificate', reason: proxy?.reason ?? 'it presented no certificate' }
  }
  return undefined
}

/**
 * Whether that is the path that the server listens on, asked of the server itself: a missing `remoteAddress` proves nothing, since a destroyed TCP socket
 * has none either.
 */
function isListeningOn(path: string, { socket }: Connection): boolean {
  // Read and not asked for with `in`, see `isTlsSocket`.
  const server: unknown = socket && Reflect.get(socket, 'server')
  if (typeof server !== 'object' || server === null) return false
  if (!('address' in server) || typeof server.address !== 'function') return false
  const address: unknown = Reflect.apply(server.address, server, [])
  return typeof address === 'string' && (address === path || socketPath(address) === path)
}

/** The absolute path of a Unix socket; one of Linux's abstract names, which begin with NUL and are no paths, as it is. */
export const socketPath = (path: string): string => (path.startsWith('\0') ? path : resolve(path))

/** Constant in time, whatever the lengths: digests are compared. Sent once; a second one is a second guess. */
function isSecret({ name, digest }: NonNullable<Gate['secretHeader']>, asserted: AssertedHeaders): boolean {
  const [value, ...more] = asserted.values.get(name) ?? []
  return timingSafeEqual(secretDigest(value ?? ''), digest) && more.length === 0
}

/** @param text - As Node hands the value of a header over, an octet to each character (RFC 9110 5.5). */
export const secretDigest = (text: string): Buffer => hash('sha256', text, 'buffer')
