import { octetsOf, readElement, readElements } from './ber.ts'

/** A key as PKCS #8: encrypted (RFC 5958 3), or not. */
export interface PfxKey {
  readonly kind: 'encrypted' | 'plain'
  readonly der: Uint8Array
}

/** Of RFC 7292 and RFC 5652, content octets in hexadecimal. */
const DATA = '2a864886f70d010701'
const KEY_BAGS: Readonly<Record<string, PfxKey['kind']>> = {
  '2a864886f70d010c0a0101': 'plain',
  '2a864886f70d010c0a0102': 'encrypted',
}

/**
 * Finds the keys of a PFX (RFC 7292 4), each as it stands there.
 *
 * Only in parts that are not encrypted once more: OpenSSL, Java and Windows encrypt the certificates as a part, and each key by itself.
 *
 * Verifies nothing: OpenSSL has to have opened it, by its MAC, before.
 *
 * @throws For what is no PFX.
 */
export function findPfxKeys(pfx: Uint8Array): readonly PfxKey[] {
  const [, authSafe] = readElements(readElement(pfx, 0).content)
  if (authSafe === undefined) throw new Error('it has no content')
  return partsOf(authSafe.content).flatMap((authenticated) =>
    readElements(readElement(authenticated, 0).content).flatMap((part) => partsOf(part.content).flatMap(keysOf)),
  )
}

/** What a ContentInfo holds as plain data: one part or none. */
function partsOf(contentInfo: Uint8Array): readonly Uint8Array[] {
  const [type, wrapped] = readElements(contentInfo)
  if (type === undefined || wrapped === undefined || hex(type.content) !== DATA) return []
  return [octetsOf(readElement(wrapped.content, 0))]
}

function keysOf(safeContents: Uint8Array): readonly PfxKey[] {
  return readElements(readElement(safeContents, 0).content).flatMap((bag) => {
    const [type, value] = readElements(bag.content)
    const kind = type === undefined ? undefined : KEY_BAGS[hex(type.content)]
    return kind === undefined || value === undefined ? [] : [{ kind, der: value.content }]
  })
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
