import type { Presented } from './presented.ts'

/**
 * Whether a TLS session was made with the certificate that a server presented: for resumed connections, of which Node tells no certificate.
 *
 * Octets alone would not do: the ticket in a session is the server's own, and could hold anybody's certificate. So the session is read, as OpenSSL writes it
 * (`i2d_SSL_SESSION`): a SEQUENCE in which `[3]` is the other end's certificate. Since the fix of CVE-2026-48934 Node writes the name of the host before it (measured
 * on 22.23, 24.21 and 26.10; 20.20 does not, and resumes it for any other host). A form that a later Node may have is nobody's: such a session is not kept.
 *
 * @param session - Of `socket.getSession()` of the resumed connection; undefined where there is none.
 * @param presented - What was kept with the session that was offered.
 */
export function isSessionOf(session: Uint8Array | undefined, [endEntity]: Presented): boolean {
  const certificate = session && readPeer(session)
  return certificate !== undefined && Buffer.compare(certificate, endEntity) === 0
}

/** Then comes the name's length in two octets, the name, and the session. */
const FRAME = Buffer.from('\0nodejs:tls:session:1\0', 'latin1')

/** Where OpenSSL's own octets begin. */
function startOf(session: Uint8Array): number {
  if (Buffer.compare(session.subarray(0, FRAME.length), FRAME) !== 0) return 0
  const [high = 0, low = 0] = session.subarray(FRAME.length)
  return FRAME.length + 2 + high * 256 + low
}

/** `[3] EXPLICIT X509`. What stands before it are two numbers, a cipher, an id, a secret, and two times. */
const PEER = 0xa3

const SEQUENCE = 0x30

/** Fields that are looked at: OpenSSL writes fewer. */
const MAX_FIELDS = 32

function readPeer(session: Uint8Array): Uint8Array | undefined {
  const outer = readElement(session, startOf(session))
  if (outer?.tag !== SEQUENCE) return undefined
  let at = outer.start
  for (let field = 0; field < MAX_FIELDS && at < outer.end; field++) {
    const element = readElement(session, at)
    if (element === undefined || element.end > outer.end) return undefined
    if (element.tag === PEER) return session.subarray(element.start, element.end)
    at = element.end
  }
  return undefined
}

/** One element of DER; undefined where it is cut short. Tags here have one octet. */
function readElement(bytes: Uint8Array, at: number): { tag: number; start: number; end: number } | undefined {
  const [tag, first] = [bytes[at], bytes[at + 1]]
  if (tag === undefined || first === undefined) return undefined
  const octets = first < 0x80 ? 0 : first - 0x80
  if (first === 0x80 || octets > 3) return undefined
  const start = at + 2 + octets
  let length = octets === 0 ? first : 0
  for (const octet of bytes.subarray(at + 2, start)) length = length * 256 + octet
  const end = start + length
  return end > bytes.length ? undefined : { tag, start, end }
}
