/** Reading nameConstraints (RFC 5280 4.2.1.10). Whether names satisfy them is decided in `path/`. */
import {
  cursorOver,
  type DerCursor,
  type DerElement,
  DerError,
  enter,
  finish,
  isAtEnd,
  readAny,
  TAG,
  within,
} from '../encoding/der.ts'
import { decodeAscii } from './directory-string.ts'
import { readGeneralName } from './general-name.ts'
import { type Name, readName } from './name.ts'

/** The base of one subtree, by its type. `unsupported` are the types whose subtrees nobody has defined, named as GeneralName does. */
export type NameSubtree =
  | { readonly type: 'dns' | 'email' | 'uri'; readonly value: string }
  | { readonly type: 'ip'; readonly address: Uint8Array; readonly mask: Uint8Array }
  | { readonly type: 'directoryName'; readonly value: Name }
  | { readonly type: 'unsupported'; readonly name: 'otherName' | 'x400Address' | 'ediPartyName' | 'registeredId' }

export interface NameConstraints {
  /** Null where the field is absent; every list is non-empty. */
  readonly permitted: readonly NameSubtree[] | null
  readonly excluded: readonly NameSubtree[] | null
}

/** Subtrees of one certificate. Names times subtrees is what an attacker multiplies (Go CVE-2025-58187); public CAs have had about 2,000. */
const MAX_SUBTREES = 4_096

export function readNameConstraints(cursor: DerCursor): NameConstraints {
  const inner = enter(cursor, TAG.sequence)
  const permitted = readSubtrees(inner, 0xa0)
  const excluded = readSubtrees(inner, 0xa1)
  finish(inner)
  if (permitted === null && excluded === null) throw new DerError(cursor.position, 'neither subtrees are there')
  return { permitted, excluded }
}

function readSubtrees(cursor: DerCursor, tag: number): readonly NameSubtree[] | null {
  if (isAtEnd(cursor) || cursor.bytes[cursor.position] !== tag) return null
  const list = enter(cursor, tag)
  if (isAtEnd(list)) throw new DerError(list.position, 'subtrees are present but empty')
  const subtrees: NameSubtree[] = []
  while (!isAtEnd(list)) {
    if (subtrees.length === MAX_SUBTREES) throw new DerError(list.position, `more than ${MAX_SUBTREES} subtrees`)
    const subtree = enter(list, TAG.sequence)
    subtrees.push(readBase(subtree.bytes, readAny(subtree)))
    // RFC 5280: minimum is 0, which DER leaves out, and maximum is absent.
    finish(subtree)
  }
  return subtrees
}

const UNSUPPORTED = { 160: 'otherName', 163: 'x400Address', 165: 'ediPartyName', 136: 'registeredId' } as const

function readBase(bytes: Uint8Array, element: DerElement): NameSubtree {
  const octets = bytes.subarray(element.value, element.end)
  switch (element.tag) {
    case 0x81:
    case 0x82:
    case 0x86: {
      const value = decodeAscii(octets)
      if (value === null) throw new DerError(element.value, 'IA5String with octets above 7F')
      return { type: element.tag === 0x81 ? 'email' : element.tag === 0x82 ? 'dns' : 'uri', value }
    }
    case 0x87:
      return readAddressRange(element, octets)
    case 0xa4: {
      const inner = within(bytes, element)
      const value = readName(inner)
      finish(inner)
      return { type: 'directoryName', value }
    }
    case 0xa0:
    case 0xa3:
    case 0xa5:
    case 0x88:
      // Nothing is compared with it, but a form that is none is refused here as well.
      readGeneralName(cursorOver(bytes, element.start, element.end))
      return { type: 'unsupported', name: UNSUPPORTED[element.tag] }
    default:
      throw new DerError(element.start, 'not a GeneralName')
  }
}

/** An address and a mask of the same width, the mask a run of ones (RFC 4632). */
function readAddressRange(element: DerElement, octets: Uint8Array): NameSubtree {
  if (octets.length !== 8 && octets.length !== 32) {
    throw new DerError(element.value, 'an address range has 8 or 32 octets')
  }
  const address = octets.subarray(0, octets.length / 2)
  const mask = octets.subarray(octets.length / 2)
  if (!isRunOfOnes(mask)) throw new DerError(element.value, 'the mask is not a run of ones')
  return { type: 'ip', address, mask }
}

/** Ones first, then zeros. Without text, since a certificate has room for 1,800 masks: as text, eleven such stopped the loop for 48 ms. */
function isRunOfOnes(mask: Uint8Array): boolean {
  let isOver = false
  for (const octet of mask) {
    const zeros = ~octet & 0xff
    // A run of ones at the top leaves one less than a power of two.
    if ((zeros & (zeros + 1)) !== 0 || (isOver && zeros !== 0xff)) return false
    isOver ||= zeros !== 0
  }
  return true
}
