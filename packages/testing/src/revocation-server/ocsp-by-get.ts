/**
 * Reads the request out of a path (RFC 6960 A.1): the base64 of its DER, percent-encoded, behind the path of the responder. Not every client encodes the
 * slashes that base64 has.
 *
 * @returns Null where it is none.
 */
export function requestInPath(path: string, responder: string): Uint8Array | null {
  if (!path.startsWith(`${responder}/`)) return null
  try {
    const text = decodeURIComponent(path.slice(responder.length + 1))
    const octets = Buffer.from(text, 'base64')
    return text !== '' && octets.toString('base64') === text ? octets : null
  } catch {
    return null
  }
}
