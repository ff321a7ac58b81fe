/**
 * The server's refusal of our own certificate, which it says by an alert alone.
 *
 * In TLS 1.2 the alert comes within the handshake. In TLS 1.3 the client's handshake has ended before the server has seen our certificate, so that it comes as
 * an error of a connection that is in use already (RFC 8446 appendix E.5 has the client wait for nothing); a server may as well close without a word, as
 * Node's own do for whoever is not authorized.
 */
import type { TLSSocket } from 'node:tls'
import { certificateRef } from '@clientcert/core/x509'
import { type UpstreamError, upstreamError } from '../upstream-error.ts'
import type { Generation } from './generation.ts'

/** The alerts that speak of a certificate (RFC 8446 6.2). Of those that a client gets, they are all about ours. */
const ALERTS: ReadonlyMap<number, string> = new Map([
  [42, 'bad_certificate'],
  [43, 'unsupported_certificate'],
  [44, 'certificate_revoked'],
  [45, 'certificate_expired'],
  [46, 'certificate_unknown'],
  [48, 'unknown_ca'],
  [49, 'access_denied'],
  [116, 'certificate_required'],
])

/** TLS 1.2 has no alert for a missing certificate, and says this one (RFC 5246 7.4.6) once it has shown its own. */
const HANDSHAKE_FAILURE = 40

/**
 * Reads an error of a connection as the server's refusal.
 *
 * By the alert's number in OpenSSL's message: the code of the error is another where a write was under way (`EPROTO`, Node 20 to 26).
 *
 * @param hasServerCertificate - Whether the server had shown its own before.
 * @returns Null for any other error.
 */
export function refusalByServer(
  error: unknown,
  server: string,
  { endEntity }: Generation['material'],
  hasServerCertificate: boolean,
): UpstreamError | null {
  const [, digits] = /SSL alert number (\d{1,3})\b/.exec(error instanceof Error ? error.message : '') ?? []
  const number = Number(digits)
  const isMissing = number === HANDSHAKE_FAILURE && endEntity === null && hasServerCertificate
  const alert = isMissing ? 'handshake_failure' : ALERTS.get(number)
  if (alert === undefined) return null
  return upstreamError('ERR_UPSTREAM_REFUSED', { server, alert, own: endEntity && certificateRef(endEntity, 0) }, error)
}

/**
 * Has a connection that was handed over err with `ERR_UPSTREAM_REFUSED` where the server refuses our certificate only now. Other errors stay as they are.
 *
 * Node emits the error of an alert as it stands, and destroys nothing; that of a write comes by way of `destroy`. Both are emitted, so that is where they are
 * read: agents, undici and http2 then hear of the refusal, and not of OpenSSL's words.
 *
 * @param onRefusal - Called once.
 */
export function watchForRefusal(
  socket: TLSSocket,
  read: (error: unknown) => UpstreamError | null,
  onRefusal: (refusal: UpstreamError) => void,
): void {
  const emit = socket.emit.bind(socket) as (event: string | symbol, ...rest: unknown[]) => boolean
  const emitRead = (event: string | symbol, ...rest: unknown[]): boolean => {
    const refusal = event === 'error' ? read(rest[0]) : null
    if (!refusal) return emit(event, ...rest)
    onRefusal(refusal)
    if (socket.destroyed) return emit(event, refusal)
    // So that whoever gets it only now finds the reason in `errored`.
    socket.destroy(refusal)
    return true
  }
  Object.defineProperty(socket, 'emit', { value: emitRead, configurable: true, writable: true })
}
