import {
  checkElement,
  cursorOver,
  type DerCursor,
  type DerElement,
  DerError,
  enter,
  finish,
  isAtEnd,
  readAny,
  within,
} from '../encoding/der.ts'
import { latin1, readOid } from '../encoding/oid.ts'
import { type Name, readName } from './name.ts'

/** RFC 5280 4.2.1.6. Types are never mixed: a URI that reads like a DNS name is no DNS name (CVE-2021-44531). */
export type GeneralName =
  | { readonly type: 'dns' | 'email' | 'uri'; readonly value: string }
  | { readonly type: 'ip'; readonly value: string; readonly octets: Uint8Array }
  | { readonly type: 'directoryName'; readonly value: Name }
  | { readonly type: 'registeredId'; readonly value: string }
  | { readonly type: 'otherName'; readonly oid: string; readonly der: Uint8Array }
  | { readonly type: 'x400Address' | 'ediPartyName'; readonly der: Uint8Array }

/** Reads one GeneralName of a certificate's own names; `iPAddress` there has 4 or 16 octets. */
export function readGeneralName(cursor: DerCursor): GeneralName {
  const { bytes } = cursor
  const element = readAny(cursor)
  switch (element.tag) {
    case 0xa0:
      return readOtherName(bytes, element)
    case 0x81:
      return { type: 'email', value: ia5(bytes, element) }
    case 0x82:
      return { type: 'dns', value: ia5(bytes, element) }
    case 0xa3:
      checkContents(within(bytes, element))
      return { type: 'x400Address', der: octetsOf(bytes, element) }
    case 0xa5:
      checkEdiPartyName(within(bytes, element))
      return { type: 'ediPartyName', der: octetsOf(bytes, element) }
    case 0xa4: {
      // Name is a CHOICE, so its context tag is explicit (X.680 31.2.7).
      const inner = within(bytes, element)
      const value = readName(inner)
      if (!isAtEnd(inner)) throw new DerError(inner.position, 'directoryName with trailing bytes')
      return { type: 'directoryName', value }
    }
    case 0x86:
      return { type: 'uri', value: ia5(bytes, element) }
    case 0x87:
      return readIpAddress(bytes, element)
    case 0x88:
      return { type: 'registeredId', value: readOid(cursorOver(bytes, element.start, element.end), 0x88) }
    default:
      throw new DerError(element.start, 'not a GeneralName')
  }
}

const octetsOf = (bytes: Uint8Array, { start, end }: DerElement): Uint8Array => bytes.subarray(start, end)

function readOtherName(bytes: Uint8Array, element: DerElement): GeneralName {
  const inner = within(bytes, element)
  const oid = readOid(inner)
  checkTagged(inner, 0xa0)
  finish(inner)
  return { type: 'otherName', oid, der: octetsOf(bytes, element) }
}

function checkContents(inner: DerCursor): void {
  while (!isAtEnd(inner)) checkElement(inner)
}

/** An optional nameAssigner and a partyName, each a string within its tag, for a CHOICE is tagged explicitly. */
function checkEdiPartyName(inner: DerCursor): void {
  if (inner.bytes[inner.position] === 0xa0 && !isAtEnd(inner)) checkTagged(inner, 0xa0)
  checkTagged(inner, 0xa1)
  finish(inner)
}

function checkTagged(inner: DerCursor, tag: number): void {
  const value = enter(inner, tag)
  checkElement(value)
  finish(value)
}

/**
 * Text of a dNSName, rfc822Name or URI: never empty, never a control character. A NUL made C programs see `good.example`
 * in `good.example\0.evil.example` (CVE-2009-2408); whoever compares such a name later must not have to know.
 */
function ia5(bytes: Uint8Array, { value, end }: DerElement): string {
  if (value === end) throw new DerError(value, 'empty name')
  for (let index = value; index < end; index++) {
    const octet = bytes[index] ?? 0
    if (octet > 0x7f) throw new DerError(index, 'IA5String with octets above 7F')
    if (octet < 0x20 || octet === 0x7f) throw new DerError(index, 'control character in a name')
  }
  return latin1(bytes, value, end)
}

function readIpAddress(bytes: Uint8Array, element: DerElement): GeneralName {
  const octets = bytes.subarray(element.value, element.end)
  if (octets.length !== 4 && octets.length !== 16)
    throw new DerError(element.value, 'iPAddress of neither 4 nor 16 octets')
  return {
    type: 'ip',
    octets,
    // Written when it is asked for: 5,000 addresses, which fit into a handshake, took 12 ms, and a path needs none of them as text.
    get value() {
      return formatAddress(octets)
    },
  }
}

/** IPv4 dotted, IPv6 as RFC 5952 writes it: longest run of zero groups (the first of equals, two at least) as `::`. */
export function formatAddress(octets: Uint8Array): string {
  if (octets.length === 4) return octets.join('.')
  const group = (index: number) => ((octets[index * 2] ?? 0) << 8) | (octets[index * 2 + 1] ?? 0)
  let [start, length] = [-1, 1]
  for (let from = 0; from < 8; from++) {
    let to = from
    while (to < 8 && group(to) === 0) to++
    if (to - from > length) [start, length] = [from, to - from]
  }
  let text = ''
  for (let index = 0; index < 8; index++) {
    if (index === start) {
      text += '::'
      index += length - 1
    } else {
      text += index === 0 || index === start + length ? group(index).toString(16) : `:${group(index).toString(16)}`
    }
  }
  return text
}
