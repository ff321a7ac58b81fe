import type { HeaderFormat } from '../headers/header-format.ts'
import type { AssertedHeaders } from './asserted-headers.ts'
import type { Connection } from './connection.ts'
import type { Evidence } from './evidence.ts'
import { evidenceFailure } from './failures.ts'
import { checkAssertion, evidenceFromHeaders, type OnProxyVerdict } from './from-headers.ts'
import { evidenceFromSocket } from './from-socket.ts'
import { checkGate, type Gate, type ProxyProof } from './gate.ts'

/** Where certificates are taken from. */
export type EvidenceSource =
  | { readonly kind: 'socket' }
  | {
      readonly kind: 'headers'
      readonly format: HeaderFormat
      /** Null under `dangerouslyTrustAnyPeer`. */
      readonly gate: Gate | null
      readonly onProxyVerdict: OnProxyVerdict
    }

/**
 * Reads what a request presents: of the connection, or of the headers that a proxy asserts behind the gate.
 *
 * @param asserted - What was taken from the request; null in socket mode.
 * @param proxy - The outcome for the proxy's own certificate, where the gate asks for it.
 */
export function readEvidence(
  source: EvidenceSource,
  connection: Connection,
  asserted: AssertedHeaders | null,
  proxy: ProxyProof | null,
): Evidence {
  if (source.kind === 'socket' || asserted === null) return evidenceFromSocket(connection)
  const { format, gate, onProxyVerdict } = source
  const { lines } = asserted
  const limit = lineLimit(connection)
  if (lines > limit) {
    return { kind: 'unusable', failure: evidenceFailure('ERR_EVIDENCE_TOO_MANY_HEADERS', { lines, limit }) }
  }
  if (!isAsserting(asserted, gate)) return { kind: 'none', from: `the header ${format.certificateHeader}` }
  const failure =
    (gate && checkGate(gate, connection, asserted, proxy)) ??
    checkAssertion(format, asserted) ??
    checkConflict(source, connection)
  return failure ? { kind: 'unusable', failure } : evidenceFromHeaders(format, asserted, onProxyVerdict, connection)
}

/** Whether the request says anything that only the proxy may say. Its secret, which says nothing of a client, does not count. */
function isAsserting({ values, lookAlikes, hopByHop, withoutLine }: AssertedHeaders, gate: Gate | null): boolean {
  // The proxy's header may be gone *because* Connection names it, so that counts as an attempt to assert.
  if (lookAlikes.length > 0 || hopByHop.length > 0 || withoutLine.length > 0) return true
  const secret = gate?.secretHeader?.name
  return values.size > (secret !== undefined && values.has(secret) ? 1 : 0)
}

/**
 * Most header lines of which it is certain that Node kept all. Its parser drops what is beyond `maxHeadersCount`, 1,000 lines by default, silently: behind
 * a proxy that appends, a client could push the proxy's own headers over the edge.
 */
export const MAX_HEADER_LINES = 500

function lineLimit({ socket }: Connection): number {
  const server: unknown = socket && Reflect.get(socket, 'server')
  const count: unknown = typeof server === 'object' && server !== null ? Reflect.get(server, 'maxHeadersCount') : null
  return typeof count === 'number' && count > 0 ? Math.min(MAX_HEADER_LINES, count - 1) : MAX_HEADER_LINES
}

/** Two client certificates, one in the connection and one in a header, are two answers; none is picked. */
function checkConflict({ format, gate }: EvidenceSource & { kind: 'headers' }, connection: Connection) {
  if (gate?.certificate) return undefined // The connection's is the proxy's own.
  const evidence = evidenceFromSocket(connection)
  if (evidence.kind === 'none') return undefined
  if (evidence.kind === 'unusable') return evidence.failure
  return evidenceFailure('ERR_EVIDENCE_CONFLICT', { header: format.certificateHeader })
}
