import { type DerCursor, type DerElement, DerError, readAny, TAG } from '../encoding/der.ts'
import type { Leniency } from './extensions.ts'

/**
 * Reads a `Time` (RFC 5280 4.1.2.5) as milliseconds since 1970.
 *
 * UTCTime is `YYMMDDHHMMSSZ` with years 1950 to 2049, GeneralizedTime `YYYYMMDDHHMMSSZ`; seconds are there, fractions and offsets
 * are not.
 */
export function readTime(cursor: DerCursor, leniencies: Leniency[]): number {
  const element = readAny(cursor)
  if (element.tag !== TAG.utcTime && element.tag !== TAG.generalizedTime) {
    throw new DerError(element.start, 'neither UTCTime nor GeneralizedTime')
  }
  const digits = element.tag === TAG.utcTime ? 12 : 14
  const { bytes } = cursor
  if (element.end - element.value !== digits + 1 || bytes[element.end - 1] !== 0x5a) {
    throw new DerError(element.value, `not ${digits} digits and Z`)
  }
  const field = (offset: number, width: number) => readDigits(bytes, element, offset, width)
  const wide = digits - 10
  const written = field(0, wide)
  const year = wide === 4 ? written : written + (written < 50 ? 2000 : 1900)
  // Lenient: RFC 5280 forbids GeneralizedTime before 2050 to issuers, and Go-based private CAs have emitted it; it is unambiguous.
  if (wide === 4 && year < 2050) leniencies.push('generalized-time-before-2050')
  const [month, day] = [field(wide, 2), field(wide + 2, 2)]
  const [hour, minute, second] = [field(wide + 4, 2), field(wide + 6, 2), field(wide + 8, 2)]
  const instant = new Date(0)
  instant.setUTCFullYear(year, month - 1, day)
  instant.setUTCHours(hour, minute, second)
  // Date carries 31 February over into March; what comes back must be what was written.
  const same = instant.getUTCMonth() === month - 1 && instant.getUTCDate() === day && instant.getUTCHours() === hour
  if (!same || minute > 59 || second > 59) throw new DerError(element.value, 'no such date or time of day')
  return instant.getTime()
}

function readDigits(bytes: Uint8Array, element: DerElement, offset: number, width: number): number {
  let number = 0
  for (let index = element.value + offset; index < element.value + offset + width; index++) {
    const digit = (bytes[index] ?? 0) - 0x30
    if (digit < 0 || digit > 9) throw new DerError(index, 'not a digit')
    number = number * 10 + digit
  }
  return number
}
