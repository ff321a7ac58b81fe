import { Certificate } from 'pkijs'
import * as der from '../der-pieces.ts'
import { encodeExtension } from '../extensions.ts'
import { certificateIssuer, invalidityDate, reasonCode } from './crl-extensions.ts'
import type { CrlEntryDetails, CrlEntryInput } from './crl-options.ts'

const DAY_MS = 86_400_000

type DatedDetails = CrlEntryDetails & Readonly<{ revokedAt: Date | Uint8Array }>

/** Encodes one entry (RFC 5280 section 5.1.2.6). @param at - The authority's clock. */
export function encodeCrlEntry(entry: CrlEntryInput, at: Date): Uint8Array {
  const serialNumber = 'serialNumber' in entry ? entry.serialNumber : serialNumberOf(entry.certificate.der)
  const revokedAt = entry.revokedAt ?? new Date(at.getTime() - DAY_MS)
  return der.sequence(der.integer(serialNumber), detailsOf({ ...entry, revokedAt }))
}

/**
 * Encodes entries that differ in nothing but their numbers: a million of them in a second, where trees of nodes end at some thousands.
 *
 * @param serialNumbers - Numbers from 0, or the INTEGERs' content octets.
 * @param details - What all of them have, `revokedAt` included.
 * @returns Their encodings one behind the other, for `entries`.
 * @example
 * const many = encodeCrlEntries(Array.from({ length: 100_000 }, (_, index) => BigInt(index)), { revokedAt: root.at })
 * mintCrl(root, { entries: [many, leaf] })
 */
export function encodeCrlEntries(
  serialNumbers: Iterable<number | bigint | Uint8Array>,
  details: DatedDetails,
): Uint8Array {
  const tail = Buffer.from(detailsOf(details))
  let written = Buffer.alloc(65_536)
  let length = 0
  for (const serialNumber of serialNumbers) {
    const octets = serialNumber instanceof Uint8Array ? serialNumber : octetsOf(serialNumber)
    const content = 2 + octets.length + tail.length
    if (octets.length >= 0x80 || content > 0xffff) throw new RangeError('a number or details of an unusual length')
    if (length + content + 4 > written.length) written = Buffer.concat([written], written.length * 2)
    length = writeHeader(written, length, content)
    written[length++] = 0x02
    written[length++] = octets.length
    written.set(octets, length)
    length += octets.length
    length += tail.copy(written, length)
  }
  return new Uint8Array(written.subarray(0, length))
}

/** SEQUENCE and its length. @returns Where the content begins. */
function writeHeader(written: Buffer, at: number, content: number): number {
  const header = content < 0x80 ? [content] : content < 0x100 ? [0x81, content] : [0x82, content >> 8, content & 0xff]
  written.set([0x30, ...header], at)
  return at + 1 + header.length
}

function octetsOf(number: number | bigint): Uint8Array {
  const digits = number.toString(16)
  const even = digits.length % 2 === 0 ? digits : `0${digits}`
  return Buffer.from(Number.parseInt(even.slice(0, 2), 16) >= 0x80 ? `00${even}` : even, 'hex')
}

/** What stands behind the number. Extensions are left out where there are none. */
function detailsOf(details: DatedDetails): Uint8Array {
  const { revokedAt, reason, extensions = [] } = details
  const all = [
    ...(reason === undefined ? [] : [reasonCode(reason)]),
    ...(details.invalidityDate === undefined ? [] : [invalidityDate(details.invalidityDate)]),
    ...(details.certificateIssuer === undefined ? [] : [certificateIssuer(details.certificateIssuer)]),
    ...extensions,
  ]
  return der.concat(
    revokedAt instanceof Uint8Array ? revokedAt : der.time(revokedAt),
    ...(all.length === 0 ? [] : [der.sequence(...all.map(encodeExtension))]),
  )
}

/** The content octets, leading zero or sign included, which Node does not tell. */
function serialNumberOf(certificate: Uint8Array): Uint8Array {
  return Certificate.fromBER(new Uint8Array(certificate)).serialNumber.valueBlock.valueHexView.slice()
}
