/**
 * Finding parts within BER (X.690 8), which is what a PFX is written in: NSS gives lengths that are indefinite and strings in pieces. Nothing is decided by what is
 * found here: OpenSSL reads the whole of it first.
 */

export interface BerElement {
  readonly tag: number
  readonly content: Uint8Array
  /** Behind it, in what it was read from. */
  readonly end: number
}

/** More than any PFX has: ten, with its pieces. */
const MAX_DEPTH = 32

/** Reads the element that begins at an offset. @throws For one that ends behind the bytes, or a tag or length that no PFX has. */
export function readElement(bytes: Uint8Array, at: number, depth = 0): BerElement {
  const [tag, first] = [bytes[at], bytes[at + 1]]
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f || depth > MAX_DEPTH) throw broken(at)
  if (first === 0x80) {
    if ((tag & 0x20) === 0) throw broken(at)
    const end = endOfIndefinite(bytes, at + 2, depth)
    return { tag, content: bytes.subarray(at + 2, end - 2), end }
  }
  const octets = first < 0x80 ? 0 : first & 0x7f
  if (octets > 4) throw broken(at)
  let length = octets === 0 ? first : 0
  for (const octet of bytes.subarray(at + 2, at + 2 + octets)) length = length * 256 + octet
  const start = at + 2 + octets
  if (start + length > bytes.length) throw broken(at)
  return { tag, content: bytes.subarray(start, start + length), end: start + length }
}

/** Reads the elements of which a constructed one consists. */
export function readElements(content: Uint8Array): readonly BerElement[] {
  const elements: BerElement[] = []
  for (let at = 0; at < content.length; ) {
    const element = readElement(content, at)
    elements.push(element)
    at = element.end
  }
  return elements
}

/** The octets of an OCTET STRING, put together where it is in pieces (X.690 8.7.3). */
export function octetsOf({ tag, content }: BerElement): Uint8Array {
  if (tag === 0x04) return content
  if (tag === 0x24) return Buffer.concat(readElements(content).map(octetsOf))
  throw new Error('there is no OCTET STRING where one should be')
}

function endOfIndefinite(bytes: Uint8Array, from: number, depth: number): number {
  for (let at = from; ; ) {
    if (bytes[at] === 0 && bytes[at + 1] === 0) return at + 2
    at = readElement(bytes, at, depth + 1).end
  }
}

const broken = (at: number): Error => new Error(`it is broken at octet ${at}`)
